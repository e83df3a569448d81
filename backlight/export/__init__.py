"""What one sends to a foundry, and what one takes to the bench."""
