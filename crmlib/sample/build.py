"""The whole shop in memory: clean records of everything, before any file is written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crmlib.sample import campaigns, loyalty, orders, support, surveys
from crmlib.sample.behaviour import Habits, Rows, make_habits, make_visits
from crmlib.sample.world.catalogue import Catalogue, make_catalogue
from crmlib.sample.world.days import Days, make_days
from crmlib.sample.world.draw import Draw
from crmlib.sample.world.people import People, make_people


@dataclass(frozen=True, repr=False)
class Shop:
    """Everything that happened in the sample shop, as it truly was."""

    draw: Draw
    days: Days
    products: Catalogue
    people: People
    habits: Habits
    campaigns: campaigns.Campaigns
    outcomes: Rows
    sales: orders.Sales
    subscriptions: Rows
    points: Rows
    ranks: Rows
    rank_now: np.ndarray
    due_dates: Rows
    survey: Rows
    short_survey: Rows
    reviews: Rows
    tickets: Rows
    interactions: Rows
    events: Rows
    tags: Rows
    consents: Rows

    def __repr__(self) -> str:
        return (f"Shop({self.people.count} people, {self.days.months[0]} to {self.days.months[-1]}, "
                f"{len(self.sales.orders['day'])} orders and documents, seed {self.draw.seed})")

    @property
    def removed(self) -> np.ndarray:
        """Member numbers (running) that the member file no longer holds, though their orders remain."""
        people, person = self.people, self.sales.orders["person"]
        alone = np.flatnonzero((people.kind < 0) & (people.household < 0) & ~people.company)
        gone = alone[self.draw.uniform("removed", alone) < 0.006]
        return np.sort(people.first_id[np.intersect1d(gone, person[self.sales.orders["document"] == 0])])


def build(customers: int, months: int, end: str, seed: int) -> Shop:
    """Return the shop: people, what they did, and what was done for them."""
    draw, days = Draw(seed), make_days(end, months)
    products = make_catalogue(draw, months)
    people = make_people(draw, days, customers)
    habits = make_habits(draw, days, people)
    subscribed = loyalty.make_subscriptions(draw, days, people, habits, products)
    visits = _stack(make_visits(draw, days, people, habits, products), loyalty.deliveries(subscribed))
    mailed = campaigns.run(draw, days, people, visits)
    placed = orders.place(draw, days, people, _stack(visits, mailed.visits))
    sales = orders.sell(draw, days, products, placed)
    points = loyalty.make_points(draw, days, people, sales)
    ranks, rank_now = loyalty.make_ranks(days, people, sales)
    return Shop(
        draw=draw, days=days, products=products, people=people, habits=habits, campaigns=mailed,
        outcomes=campaigns.outcomes(draw, days, people), sales=sales, subscriptions=subscribed, points=points,
        ranks=ranks, rank_now=rank_now, due_dates=loyalty.make_due_dates(draw, days, people, points),
        survey=surveys.make_survey(draw, days, people, habits, sales),
        short_survey=surveys.make_short_survey(draw, days, people, habits, sales),
        reviews=surveys.make_reviews(draw, days, people, habits, sales),
        tickets=support.make_tickets(draw, days, sales),
        interactions=support.make_interactions(draw, days, habits, sales),
        events=support.make_events(draw, days, people, sales), tags=support.make_tags(draw, days, people),
        consents=support.make_consents(draw, days, people, mailed.left))


def _stack(first: Rows, second: Rows) -> Rows:
    return {name: np.concatenate([first[name], second[name]]) for name in first}
