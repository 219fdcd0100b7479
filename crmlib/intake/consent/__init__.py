"""What customers have said about their data, applied last: requests to be deleted, and channels they agreed to."""
