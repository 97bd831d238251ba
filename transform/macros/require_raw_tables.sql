{#- Stop before the first model, in one sentence, where raw tables were never loaded. -#}
{% macro require_raw_tables() -%}
    {%- if execute and flags.WHICH in ("build", "run") -%}
        {%- set missing = [] -%}
        {%- for source in graph.sources.values() if not source.config.meta.get("optional") -%}
            {%- if not adapter.get_relation(source.database, source.schema, source.identifier) -%}
                {%- do missing.append(source.schema ~ "." ~ source.identifier) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if missing -%}
            {{ exceptions.raise_compiler_error(
                "The warehouse lacks " ~ missing | sort | join(", ") ~ ". Load it first: meltano run all"
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
