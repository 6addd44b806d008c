"""What files carry beside their pixels: read, written again, and cleaned of what an edit took away."""
