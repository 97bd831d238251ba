{#- Causes that are the last word: the order does not belong in Sage 200, and nobody need act. -#}
{% macro final_causes() -%}
    (
        'cancelled_unpaid', 'before_start', 'store_excluded', 'payment_method_excluded',
        'test_order', 'zero_total', 'refunded_before_posting', 'composite_sku', 'ignored_by_person'
    )
{%- endmacro %}
