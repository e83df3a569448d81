"""What foundries share: models written down once for any numbers, drawing with klayout alone, the table of cells."""
