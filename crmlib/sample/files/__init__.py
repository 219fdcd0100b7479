"""From clean records to the files a shop's systems would export, dirt included."""
