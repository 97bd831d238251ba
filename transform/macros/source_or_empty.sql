{#-
    The raw table, or no rows where it does not exist: a shop without multi-source inventory has no
    source tables, and published_stock is made by the first run of target-magento.
-#}
{% macro source_or_empty(relation, column_types) -%}
    {%- set found = adapter.get_relation(relation.database, relation.schema, relation.identifier) if execute -%}
    {%- if found or not execute -%}
        {{ relation }}
    {%- else -%}
        (
            select
            {%- for column, type in column_types.items() %}
                null::{{ type }} as {{ column }}{{ "," if not loop.last }}
            {%- endfor %}
            where false
        ) as missing_{{ relation.identifier }}
    {%- endif -%}
{%- endmacro %}
