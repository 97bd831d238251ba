"""What a product costs a customer: price bands, then discounts."""
