{#- A drift stands once at a time. -#}
{% test open_only_once(model) %}

select exception_id
from {{ model }}
where closed_at is null
group by exception_id
having count(*) > 1

{% endtest %}
