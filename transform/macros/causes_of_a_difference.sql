{#- Causes of the outbox that say why a document in Sage has other figures than its order. -#}
{% macro causes_of_a_difference() -%}
    ('part_cancelled_after_posting', 'sage_totals_differ', 'found_but_differs', 'found_more_than_once')
{%- endmacro %}
