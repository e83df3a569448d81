"""What a foundry offers: layers, rules, cells, models, and numbers with their sources."""
