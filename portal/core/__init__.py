"""What every room stands on; knows nothing about help desks."""
