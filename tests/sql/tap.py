"""One valid TAP stream out of the streams of several files."""
import re
import sys

LINE = re.compile(r'(not )?ok\b *\d*(?: - )?(.*)')
PLAN = re.compile(r'1\.\.(\d+)')


class tap_stream:
    """Writes cases to standard output, numbered through; `end` writes the plan."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def case(self, good, what, diagnosis=''):
        self.count += 1
        self.failed += not good
        print(f"{'' if good else 'not '}ok {self.count} - {what}")
        self.diagnose(diagnosis)

    def skip(self, what, reason):
        self.count += 1
        print(f'ok {self.count} - {what} # SKIP {reason}', flush=True)

    @staticmethod
    def diagnose(text):
        for line in text.strip().splitlines():
            print(f'# {line}')
        sys.stdout.flush()

    def merge(self, name, text, complaint):
        """Takes over the stream of one file. `complaint` is why its program failed, empty if it did not."""
        planned = seen = 0
        for line in text.splitlines():
            if match := LINE.fullmatch(line.strip()):
                seen += 1
                what = match[2].strip()
                self.case(not match[1], f'{name} {what}' if what.startswith('#') else f'{name}: {what}')
            elif match := PLAN.match(line.strip()):
                planned = int(match[1])
            elif line.startswith('#'): # what a statement that is no test printed is left out
                self.diagnose(line.lstrip('# '))
        if complaint:
            self.case(False, f'{name}: runs to its end', complaint)
        elif seen != planned or not seen:
            self.case(False, f'{name}: runs as many cases as it plans', f'planned {planned}, ran {seen}')

    def end(self):
        print(f'1..{self.count}' + ('' if self.count else ' # SKIP there are no tests'))
        return 1 if self.failed else 0
