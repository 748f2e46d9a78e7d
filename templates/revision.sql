{%- for line in message -%}
--{% if line != "" %} {{ line }}{% endif %}
{% endfor -%}
--
-- Revision: {{ revision }}
{%- if revises != "" %}
-- Revises:  {{ revises }}
{%- endif %}
{%- if labels != "" %}
-- Labels:   {{ labels }}
{%- endif %}
{%- if depends_on != "" %}
-- Depends on: {{ depends_on }}
{%- endif %}
{%- if created != "" %}
-- Created:  {{ created }}
{%- endif %}
{%- for key in extra %}
-- {{ key.name }}: {{ key.value }}
{%- endfor %}
{%- if has_review %}
--
-- Review
{%- for line in review %}
--   {{ line }}
{%- endfor %}
{%- endif %}
{%- for side in sides %}

-- autogen: {{ side.direction }}{% if side.dialect != "" %} {{ side.dialect }}{% endif %}
{%- if side.irreversible != "" %}
-- autogen: irreversible {{ side.irreversible }}
{%- endif %}
{%- if side.empty %}
-- Nothing happens here.
{%- endif %}
{%- for step in side.steps %}
{%- if step.directive != "" %}
-- autogen: {{ step.directive }}
{%- endif %}
{%- for statement in step.statements %}
{{ statement }}
{%- endfor %}
{%- endfor %}
{%- endfor %}
