#include "shell/interactive.hpp"

#include "base/printable.hpp"
#include "shell/completion.hpp"

#include <histedit.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>

namespace nova::shell {
namespace {

constexpr int history_max = 1000;

std::atomic<bool> interrupt_seen{false};

void on_interrupt(int) {
  interrupt_seen = true;
}

struct terminal {
  completer complete;
  std::string prompt;
};

char* prompt_of(EditLine* line) {
  terminal* self = nullptr;
  el_get(line, EL_CLIENTDATA, &self);
  return self->prompt.data();
}

unsigned char on_tab(EditLine* line, int) {
  terminal* self = nullptr;
  el_get(line, EL_CLIENTDATA, &self);
  const auto* typed = el_line(line);
  std::string before{typed->buffer, typed->cursor};
  auto begin = before.find_last_of(" ;'\"=") + 1;
  auto word = before.substr(begin);
  auto rest = before.substr(0, begin);
  auto all = self->complete.candidates(rest, word);
  if (all.empty())
    return CC_ERROR;
  auto common = all.front();
  for (const auto& each : all) {
    size_t same = 0;
    while (same < common.size() && same < each.size() && common[same] == each[same])
      ++same;
    common.resize(same);
  }
  // Behind these more of the word follows.
  bool whole = std::string_view{"=:."}.find(common.back()) == std::string_view::npos;
  auto more = common.substr(word.size()) + (all.size() == 1 && whole ? " " : "");
  if (!more.empty())
    return el_insertstr(line, more.c_str()) == -1 ? CC_ERROR : CC_REFRESH;
  std::cout << '\n';
  for (size_t i = 0; i < all.size() && i < 40; ++i)
    std::cout << all[i] << "  ";
  std::cout << (all.size() > 40 ? "…\n" : "\n") << std::flush;
  return CC_REDISPLAY;
}

std::string history_file() {
  const auto* home = std::getenv("HOME"); // NOLINT(concurrency-mt-unsafe): nothing here sets it
  return home != nullptr && *home != '\0' ? std::string{home} + "/.nova_history" : std::string{};
}

struct edit_deleter {
  void operator()(EditLine* line) const noexcept {
    el_end(line);
  }
};
struct history_deleter {
  void operator()(History* past) const noexcept {
    history_end(past);
  }
};

} // namespace

std::string ask_on_terminal(const std::string& question) {
  std::cout << question << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer;
}

bool take_interrupt() {
  static const bool installed = [] {
    struct sigaction action {};
    action.sa_handler = on_interrupt;
    sigemptyset(&action.sa_mask);
    return ::sigaction(SIGINT, &action, nullptr) == 0; // without SA_RESTART
  }();
  static_cast<void>(installed);
  return interrupt_seen.exchange(false);
}

exit_code run_interactive(session& in) {
  take_interrupt();
  terminal self{completer{in}, base::printable(in.asked.name()) + "> "};
  if (auto slash = self.prompt.rfind('/'); slash != std::string::npos)
    self.prompt.erase(0, slash + 1);
  std::unique_ptr<EditLine, edit_deleter> line{el_init("nova", stdin, stdout, stderr)};
  std::unique_ptr<History, history_deleter> past{history_init()};
  if (!line || !past)
    return in.fail(exit_code::failed, "the terminal cannot be used");
  HistEvent event{};
  auto file = history_file();
  history(past.get(), &event, H_SETSIZE, history_max);
  if (!file.empty())
    history(past.get(), &event, H_LOAD, file.c_str());
  el_set(line.get(), EL_CLIENTDATA, &self);
  el_set(line.get(), EL_PROMPT, &prompt_of);
  el_set(line.get(), EL_EDITOR, "emacs");
  el_set(line.get(), EL_SIGNAL, 1);
  el_set(line.get(), EL_HIST, history, past.get());
  el_set(line.get(), EL_ADDFN, "nova-complete", "completes names", &on_tab);
  el_set(line.get(), EL_BIND, "^I", "nova-complete", nullptr);
  auto last = exit_code::done;
  while (!in.finished()) {
    int length = 0;
    const char* typed = el_gets(line.get(), &length);
    if (typed == nullptr || length <= 0) {
      if (take_interrupt()) {
        el_set(line.get(), EL_REFRESH);
        std::cout << '\n';
        continue;
      }
      break;
    }
    std::string text{typed, static_cast<size_t>(length)};
    if (text.find_first_not_of(" \n") == std::string::npos)
      continue;
    auto kept = without_secrets(text);
    if (!kept.empty())
      history(past.get(), &event, H_ENTER, kept.c_str());
    if (!kept.empty() && !file.empty()) {
      ::umask(077);
      history(past.get(), &event, H_SAVE, file.c_str());
    }
    last = in.run(text);
  }
  return last;
}

} // namespace nova::shell
