"""What should happen: scenarios, workloads, runs, summaries, theory and the model itself.

Public is what `__all__` names, which `__init__.pyi` lists with where each name is defined;
everything below this package is internal.  Names are loaded when they are first used, so that
importing this package costs nothing.
"""

from queuetwin.model.base.lazy_names import lazy_names

__all__, __getattr__, __dir__ = lazy_names(__name__, __file__)
