"""Singer target that posts Magento's documents to Sage 200."""
