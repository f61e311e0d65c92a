"""Runs the functions of a test file as cases and prints TAP."""
import inspect
import pathlib
import sys
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / 'deploy'
sys.path.insert(0, str(ROOT / 'tests' / 'sql'))  # its private server and its TAP


class skipped(Exception):
    """The case cannot run here; the text is why."""


def run(module):
    """Every function of the module whose name is a sentence: it begins with `a_`, `an_`, `the_`, `every_`, `no_` or `nothing_`."""
    from tap import tap_stream
    stream = tap_stream()
    for name, case in inspect.getmembers(module, inspect.isfunction):
        if name.split('_')[0] not in ('a', 'an', 'the', 'every', 'no', 'nothing') or case.__module__ != module.__name__:
            continue
        what = name.replace('_', ' ')
        try:
            case()
        except skipped as reason:
            stream.case(True, f'{what} # SKIP {reason}')
        except Exception:  # a case that fails in an unforeseen way is a failed case
            stream.case(False, what, traceback.format_exc())
        else:
            stream.case(True, what)
    return stream.end()
