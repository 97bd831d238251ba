{#-
    Name of the Magento installation, as the outbox calls it: the same variable that names it for
    target-sage200. A variable in an environment can't be given in dbt_project.yml's vars.
-#}
{% macro magento_source() -%}
    {{ var("magento_source", none) or env_var("TARGET_SAGE200_SOURCE", "") or "magento" }}
{%- endmacro %}
