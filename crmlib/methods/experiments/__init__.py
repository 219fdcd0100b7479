"""Did it work? Comparisons of arms, what makes them fair, how many people they take, and what to do without one."""
