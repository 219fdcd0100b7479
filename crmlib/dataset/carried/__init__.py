"""What is known of earlier months, carried on so that a month more reads that month only."""
