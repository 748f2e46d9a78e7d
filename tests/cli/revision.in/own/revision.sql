-- {{ message[0] }}
-- Revision: {{ revision }}
{% if revises %}-- Revises: {{ revises }}
{% endif %}-- Ticket: none
{% for side in sides %}
-- autogen: {{ side.direction }}
{% for step in side.steps %}{% for statement in step.statements %}{{ statement }}
{% endfor %}{% endfor %}{% endfor %}
