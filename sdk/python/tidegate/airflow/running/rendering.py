"""Templates: the fields of a task, rendered with Jinja2 for one run."""

from __future__ import annotations

try:
    import jinja2
    import jinja2.nativetypes
    import jinja2.sandbox
except ImportError as error:  # pragma: no cover
    raise ImportError("tidegate.airflow renders templates with Jinja2: install `jinja2` for the Python that runs tasks") from error

_FILTERS = {
    "ds": lambda value: value.strftime("%Y-%m-%d"),
    "ds_nodash": lambda value: value.strftime("%Y%m%d"),
    "ts": lambda value: value.isoformat(),
    "ts_nodash": lambda value: value.strftime("%Y%m%dT%H%M%S"),
    "ts_nodash_with_tz": lambda value: value.isoformat().replace("-", "").replace(":", ""),
}


class _Safety:
    """Templates may read attributes that begin with an underscore, as in Airflow; no more."""

    def is_safe_attribute(self, obj, attr, value):
        return not jinja2.sandbox.is_internal_attribute(obj, attr)


class SandboxedEnvironment(_Safety, jinja2.sandbox.SandboxedEnvironment):
    pass


class NativeEnvironment(_Safety, jinja2.nativetypes.NativeEnvironment):
    pass


def environment(dag, native=None):
    """The environment for templates of a DAG: its files, macros and filters."""
    searchpath = [dag.folder, *(dag.template_searchpath or [])]
    options = {
        "loader": jinja2.FileSystemLoader(searchpath),
        "undefined": dag.template_undefined or jinja2.StrictUndefined,
        "extensions": ["jinja2.ext.do"],
        "cache_size": 0,
        **dag.jinja_environment_kwargs,
    }
    native = dag.render_template_as_native_obj if native is None else native
    made = (NativeEnvironment if native else SandboxedEnvironment)(**options)
    made.filters.update(_FILTERS)
    made.globals.update(dag.user_defined_macros)
    made.filters.update(dag.user_defined_filters)
    return made


class Literal:
    """A value that is no template."""

    def __init__(self, value):
        self.value = value

    def iter_references(self):
        return iter(())

    def resolve(self, context):
        return self.value


def literal(value):
    return Literal(value)


class Templater:
    """Something with fields that are templates: a task, a notifier."""

    template_fields = ()
    template_ext = ()

    def get_template_env(self, dag=None):
        return environment(dag or self.dag, getattr(self, "render_template_as_native_obj", None))

    def resolve_template_files(self):
        """Files are read when their fields are rendered."""

    def render_template_fields(self, context, jinja_env=None):
        """Renders the fields in place."""
        jinja_env = jinja_env or self.get_template_env()
        fields = [self.template_fields] if isinstance(self.template_fields, str) else self.template_fields
        for name in fields:
            if not hasattr(self, name):
                raise AttributeError(f"{name!r} is in `template_fields` of {type(self).__name__}, which has no such attribute")
            value = getattr(self, name)
            try:
                rendered = self.render_template(value, context, jinja_env)
            except Exception:
                log = getattr(self, "log", None)
                if log is not None:
                    log.error("the field %r cannot be rendered. Template: %r", name, value)
                raise
            if rendered is not value:
                setattr(self, name, rendered)

    def render_template(self, content, context, jinja_env=None, seen_oids=None):
        """A value with all text in it rendered, and all results of tasks in their places."""
        jinja_env = jinja_env or self.get_template_env()
        if isinstance(content, str):
            return self._render_text(content, context, jinja_env)
        if hasattr(content, "resolve") and hasattr(content, "iter_references"):
            return content.resolve(context)
        if type(content).__name__ == "ObjectStoragePath":
            return content
        if isinstance(content, tuple):
            items = [self.render_template(item, context, jinja_env) for item in content]
            return tuple(items) if type(content) is tuple else type(content)(*items)
        if isinstance(content, list):
            return [self.render_template(item, context, jinja_env) for item in content]
        if isinstance(content, dict):
            return {key: self.render_template(value, context, jinja_env) for key, value in content.items()}
        if isinstance(content, set):
            return {self.render_template(item, context, jinja_env) for item in content}
        inner = getattr(type(content), "template_fields", None)
        if isinstance(inner, (list, tuple)) and content is not self:
            for name in inner:
                setattr(content, name, self.render_template(getattr(content, name), context, jinja_env))
        return content

    def _render_text(self, text, context, jinja_env):
        extensions = tuple([self.template_ext] if isinstance(self.template_ext, str) else self.template_ext or ())
        if extensions and text.endswith(extensions):
            template = jinja_env.get_template(text)
        elif "{" in text:
            template = jinja_env.from_string(text)
        else:
            return text
        names = dict(context.items()) if hasattr(context, "items") else dict(context)
        return template.render(names)

    def prepare_template(self):
        """Called before templates are rendered."""
