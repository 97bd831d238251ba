{#- The moment ages are counted from; a macro, so that unit tests can stop the clock. -#}
{% macro as_of() -%}
    current_timestamp
{%- endmacro %}
