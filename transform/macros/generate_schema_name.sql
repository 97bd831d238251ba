{#- A schema is named as the project says, without a prefix: staging, intermediate, analytics. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
