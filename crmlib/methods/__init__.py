"""Pure numerics that several analyses use."""
