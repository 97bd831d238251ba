{#-
    True for a date from which on documents in Sage 200 must have a Magento order: the variable
    reconcile_from, or RECONCILE_FROM of the environment. Without either every date counts.
-#}
{% macro is_reconciled_since(date) -%}
    {%- set first_day = var("reconcile_from", "") or env_var("RECONCILE_FROM", "") -%}
    {%- if first_day -%}
        coalesce({{ date }} >= date '{{ first_day }}', true)
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
