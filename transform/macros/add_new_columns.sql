{#-
    A seeded table gets the columns that its file has and the table lacks. dbt itself would stop at
    them until a full refresh, and a full refresh of a seed drops the views that read it.
-#}
{% macro add_new_columns() -%}
    {%- if execute and load_relation(this) is not none -%}
        {%- set known = adapter.get_columns_in_relation(this) | map(attribute="name") | list -%}
        {%- for name in load_agate_table().column_names if name not in known -%}
            {%- do run_query(
                "alter table " ~ this ~ " add column " ~ adapter.quote(name) ~ " "
                ~ config.get("column_types", {}).get(name, "text")
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
