"""What Sage does with a sales order: checks, prices, VAT, credit, allocation, numbers, amendments.

``totals`` and ``line_rules`` are pure; ``wanted`` is what was asked for, ``records`` what the
company holds, ``pricing`` brings the two together, ``store`` writes.
"""
