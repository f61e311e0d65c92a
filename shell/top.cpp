#include "base/printable.hpp"
#include "base/utf8.hpp"
#include "shell/diagnosis.hpp"
#include "shell/interactive.hpp"
#include "shell/node_rows.hpp"

#include <fmt/format.h>
#include <ncurses.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <clocale>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

// ncurses has macros for nearly everything; this is the only file that sees it. One loop: ask the
// node once a second, draw, and between the two wait for keys.
namespace nova::shell {
namespace {

using steady = std::chrono::steady_clock;

constexpr int key_wait_ms = 100;
constexpr auto interval = std::chrono::milliseconds{1000};
constexpr auto diagnose_each = std::chrono::seconds{3}; // it asks the tables for more
constexpr int actors_asked = 5000;
constexpr std::array<const char*, 5> sorts = {"rate", "mailbox", "busy_s", "since_s", "restarts"};

/// What a key does to the chosen actor, or to its node, after its plan was shown and agreed to.
/// Large letters, so that a slip of the fingers asks for nothing.
struct act_key {
  int key;
  const char* action;
  bool of_node = false;
};
constexpr std::array<act_key, 6> acts = {{{'S', "suspend"},
                                          {'W', "wake"},
                                          {'R', "restart"},
                                          {'K', "kill"},
                                          {'D', "drain", true},
                                          {'U', "undrain", true}}};

/// The terminal while it is ours.
class screen {
public:
  screen() {
    std::setlocale(LC_ALL, ""); // NOLINT(concurrency-mt-unsafe): before any thread exists
    initscr();
    cbreak();
    noecho();
    keypad(stdscr, TRUE);
    curs_set(0);
    timeout(key_wait_ms);
  }
  ~screen() {
    endwin();
  }
  screen(const screen&) = delete;
  screen& operator=(const screen&) = delete;

  void begin() {
    erase();
    row_ = 0;
  }
  void line(const std::string& text, chtype how = A_NORMAL) {
    if (row_ >= LINES)
      return;
    attron(how);
    mvaddnstr(row_++, 0, base::printable(text).c_str(), COLS);
    attroff(how);
  }
  /// The same over as many lines as it takes.
  void text(const std::string& all, chtype how) {
    auto width = static_cast<size_t>(std::max(COLS, 1));
    for (std::string_view rest = all; !rest.empty();) {
      auto part = base::start_of(rest, width);
      line(std::string{part}, how);
      rest.remove_prefix(std::max<size_t>(part.size(), 1));
    }
  }
  [[nodiscard]] int left() const {
    return LINES - row_;
  }

private:
  int row_ = 0;
};

std::string bar(double percent, int width) {
  std::string made = "[";
  for (int i = 0; i < width; ++i)
    made += percent * width > 100.0 * i ? '#' : '.';
  return made + "]";
}

class top_view {
public:
  explicit top_view(session& in) : in_(in) {}

  void refresh() {
    auto target = "actors?sort=-handled&limit=" + std::to_string(actors_asked);
    if (!filter_.empty())
      target += "&where=" + encode(filter_);
    auto nodes = ask_nodes(in_.asked, "tables/nodes?limit=20");
    auto away = [&] {
      return nodes.result == exit_code::unreachable || nodes.result == exit_code::timed_out;
    };
    auto before = in_.asked.name();
    if (away() && in_.asked.move_on()) {
      followed_ = before + " does not answer: " + in_.asked.name() + " is asked";
      nodes = ask_nodes(in_.asked, "tables/nodes?limit=20");
    }
    if (away()) { // nor does anybody else
      seen_ = std::make_unique<answers>();
      seen_->nodes = std::move(nodes);
      return;
    }
    seen_ = std::make_unique<answers>(answers{std::move(nodes), in_.get("tables/progress?limit=5"),
                                              in_.get("failures?limit=5"), in_.get(target)});
    auto now = steady::now();
    auto seconds = std::chrono::duration<double>(now - sampled_).count();
    std::map<std::string, double> handled;
    for (auto& row : seen_->actors.document.GetArray()) {
      auto name = rows::text(row, "actor");
      auto count = rows::number(row, "handled");
      auto before = handled_.find(name);
      auto rate = before == handled_.end() || seconds <= 0
                    ? rows::number(row, "rate")
                    : std::max(0.0, (count - before->second) / seconds);
      row["rate"].SetDouble(std::round(rate * 10) / 10);
      handled.emplace(std::move(name), count);
    }
    handled_ = std::move(handled);
    sampled_ = now;
    eta();
    diagnose_now_and_then(now);
    line by;
    by.options["sort"] = std::string{"-"} + sorts[sort_];
    if (seen_->actors.result == exit_code::done || seen_->actors.result == exit_code::partial)
      select(seen_->actors, by);
    find_chosen();
  }

  void draw(screen& on) {
    on.begin();
    on.line(fmt::format("nova top  {}  sort {}{}{}", in_.asked.name(), sorts[sort_],
                        filter_.empty() ? "" : "  where " + filter_, paused_ ? "  PAUSED" : ""),
            A_REVERSE);
    if (!followed_.empty())
      on.line("! " + followed_, A_BOLD);
    for (const auto* part : {&seen_->nodes, &seen_->actors})
      if (!part->error.empty())
        on.line("! " + part->error, A_BOLD);
    for (const auto& each : seen_->actors.silent)
      on.line("! " + each.node + " did not answer: " + each.reason, A_BOLD);
    draw_act(on);
    if (!looking_at_.empty())
      return draw_actor(on);
    draw_findings(on);
    draw_nodes(on);
    draw_queues(on);
    draw_backfills(on);
    draw_failures(on);
    draw_actors(on);
    if (typing_)
      on.line("filter: " + typed_ + "_", A_BOLD);
  }

  /// False when it is over.
  bool key(int pressed) {
    if (typing_)
      return type(pressed);
    if (plan_)
      return answer(pressed);
    told_.clear();
    if (const auto* wanted = std::ranges::find(acts, pressed, &act_key::key);
        wanted != acts.end()) {
      plan(*wanted);
      return true;
    }
    switch (pressed) {
      case 'q': return false;
      case 's': sort_ = (sort_ + 1) % sorts.size(); break;
      case 'p': paused_ = !paused_; return true;
      case '/':
        typing_ = true;
        typed_ = filter_;
        return true;
      case KEY_DOWN:
      case 'j': choose(selected_ + 1); return true;
      case KEY_UP:
      case 'k': choose(selected_ > 0 ? selected_ - 1 : 0); return true;
      case '\n':
      case KEY_ENTER: looking_at_ = chosen(); return true;
      case 27:
      case KEY_BACKSPACE:
      case 127: looking_at_.clear(); return true;
      default: return true;
    }
    refresh();
    return true;
  }

  [[nodiscard]] bool paused() const {
    return paused_;
  }

private:
  struct answers {
    rows nodes, progress, failures, actors;
  };

  /// What somebody is asked about.
  struct planned_act {
    std::string action, order, will;
  };

  /// The name of the chosen actor: of the one that is looked at, else of the row.
  [[nodiscard]] std::string chosen() const {
    if (!looking_at_.empty())
      return looking_at_;
    return selected_ < seen_->actors.document.Size()
             ? rows::text(seen_->actors.document[selected_], "actor")
             : std::string{};
  }

  void choose(rapidjson::SizeType row) {
    if (row >= seen_->actors.document.Size())
      return;
    selected_ = row;
    chosen_ = rows::text(seen_->actors.document[row], "actor");
  }

  /// Rows change places each second, and a key means who was chosen.
  void find_chosen() {
    if (chosen_.empty())
      return;
    const auto& all = seen_->actors.document;
    for (rapidjson::SizeType i = 0; i < all.Size(); ++i)
      if (rows::text(all[i], "actor") == chosen_) {
        selected_ = i;
        return;
      }
    chosen_.clear(); // it is gone
  }

  /// Asks what an act would do.
  void plan(const act_key& wanted) {
    auto actor = chosen();
    if (actor.empty())
      return;
    auto target = wanted.of_node ? "node:" + actor.substr(0, actor.find('/')) : actor;
    auto order = order_json(line{}, wanted.action, target);
    auto planned = read_rows(in_.asked.act(order + R"(,"dry_run":true})"));
    if (planned.result != exit_code::done || planned.empty())
      told_ = fmt::format("{} {}: {}", wanted.action, target, planned.error);
    else
      plan_ = planned_act{fmt::format("{} {}", wanted.action, target), order,
                          rows::text(planned.document[0], "will")};
  }

  /// `y` does it, everything else does not.
  bool answer(int pressed) {
    auto agreed = *std::exchange(plan_, std::nullopt);
    if (pressed != 'y') {
      told_ = agreed.action + ": not done";
      return true;
    }
    auto done = read_rows(in_.asked.act(agreed.order + "}"));
    told_ =
      agreed.action + ": "
      + (done.result == exit_code::done && !done.empty() ? rows::text(done.document[0], "outcome")
                                                         : done.error);
    refresh();
    return true;
  }

  void draw_act(screen& on) {
    if (!told_.empty())
      on.text(told_, A_BOLD);
    if (!plan_)
      return;
    on.text(plan_->action + ": " + plan_->will, A_BOLD);
    on.line("Do it? y does, every other key leaves it", A_BOLD | A_STANDOUT);
  }

  bool type(int pressed) {
    if (pressed == '\n' || pressed == KEY_ENTER) {
      typing_ = false;
      filter_ = typed_;
      selected_ = 0;
      chosen_.clear();
      refresh();
    } else if (pressed == 27) {
      typing_ = false;
    } else if (pressed == KEY_BACKSPACE || pressed == 127) {
      if (!typed_.empty())
        typed_.pop_back();
    } else if (pressed >= 0x20 && pressed < 0x7f) {
      typed_.push_back(static_cast<char>(pressed));
    }
    return true;
  }

  void eta() {
    auto now = steady::now();
    for (const auto& row : seen_->progress.document.GetArray()) {
      auto& mark = marks_[rows::text(row, "config")];
      auto done = rows::number(row, "done") + rows::number(row, "failed");
      if (mark.first == steady::time_point{})
        mark = {now, done};
      auto seconds = std::chrono::duration<double>(now - mark.first).count();
      rates_[rows::text(row, "config")] = seconds > 0.5 ? (done - mark.second) / seconds : 0;
    }
  }

  void diagnose_now_and_then(steady::time_point now) {
    if (diagnosed_ && now - *diagnosed_ < diagnose_each)
      return;
    diagnosed_ = now;
    wrong_ = diagnose(in_.asked);
    queues_ = in_.get("tables/queues?limit=20");
    grants_ = in_.get("tables/grants?limit=100");
  }

  void draw_findings(screen& on) {
    constexpr size_t shown = 3;
    size_t count = 0;
    for (const auto& one : wrong_.found) {
      if (one.level == base::finding_level::note || ++count > shown)
        continue;
      auto critical = one.level == base::finding_level::critical;
      on.line(fmt::format("{} {}  {}", to_string(one.level), one.what, one.text),
              critical ? A_BOLD | A_STANDOUT : A_BOLD);
    }
    if (count > shown)
      on.line(fmt::format("… and {} findings more: doctor", count - shown), A_BOLD);
  }

  void draw_queues(screen& on) {
    for (const auto& row : queues_.document.GetArray())
      if (rows::number(row, "ready") > 0 || rows::text(row, "state") != "ok")
        on.line(fmt::format("queue {:<28} {} ready, {} leased, the oldest {}, {}",
                            rows::text(row, "queue"), rows::text(row, "ready"),
                            rows::text(row, "leased"), duration_text(rows::number(row, "oldest_s")),
                            rows::text(row, "state")));
    for (const auto& row : grants_.document.GetArray())
      if (!rows::text(row, "binds").empty())
        on.line(fmt::format("pace {:<24} {} bind, {} of {} calls under way, {} wait, by {}",
                            rows::text(row, "email"), rows::text(row, "binds"),
                            rows::text(row, "running"), rows::text(row, "places"),
                            rows::text(row, "waiting"), rows::text(row, "home")));
  }

  void draw_nodes(screen& on) {
    constexpr const char* columns = "{:<16} {:<9} {:>10} {:>8} {:>7} {:>7} {:>6} {:>6}  {}";
    on.line(fmt::format(columns, "NODE", "STATE", "UP", "LEASE", "CLAIMS", "LEASES", "CPU %", "MIB",
                        "ROLES"),
            A_BOLD);
    for (const auto& row : seen_->nodes.document.GetArray())
      on.line(fmt::format(
        columns, rows::text(row, "node"), rows::text(row, "state"),
        duration_text(rows::number(row, "up_s")), duration_text(rows::number(row, "lease_s")),
        rows::text(row, "claims"), rows::text(row, "leases"), rows::text(row, "cpu"),
        fmt::format("{:.0f}", rows::number(row, "rss_mb")), rows::text(row, "roles")));
  }

  void draw_backfills(screen& on) {
    for (const auto& row : seen_->progress.document.GetArray()) {
      auto rate = rates_[rows::text(row, "config")];
      auto left = rows::number(row, "left_s");
      on.line(fmt::format(
        "{:<24} {} {:>5} %  {}/{} threads  {:.0f}/s  {}{}", rows::text(row, "email"),
        bar(rows::number(row, "percent"), 24), rows::text(row, "percent"), rows::text(row, "done"),
        rows::text(row, "threads"), rate, rows::text(row, "state"),
        left > 0 ? "  " + duration_text(left) + " left, " + rows::text(row, "binds") : ""));
    }
  }

  void draw_failures(screen& on) {
    for (const auto& row : seen_->failures.document.GetArray())
      on.line(fmt::format("! {} {}  {}", rows::text(row, "at"), rows::text(row, "actor"),
                          rows::text(row, "reason")));
  }

  void draw_actors(screen& on) {
    on.line(fmt::format("{:<40} {:>8} {:>8} {:>9} {:>9}  {}", "ACTOR", "RATE", "MAILBOX", "BUSY",
                        "RESTARTS", "NOW"),
            A_BOLD);
    auto count = seen_->actors.document.Size();
    if (count > 0)
      selected_ = std::min(selected_, count - 1);
    for (rapidjson::SizeType i = 0; i < count && on.left() > 2; ++i) {
      const auto& row = seen_->actors.document[i];
      on.line(fmt::format("{:<40} {:>8} {:>8} {:>9} {:>9}  {}",
                          rows::text(row, "actor").substr(0, 40), rows::text(row, "rate"),
                          rows::text(row, "mailbox"), duration_text(rows::number(row, "busy_s")),
                          rows::text(row, "restarts"), rows::text(row, "now")),
              i == selected_ ? A_STANDOUT : A_NORMAL);
    }
    on.line("q ends  s sorts  / filters  j k choose  Enter looks into  p pauses", A_DIM);
    draw_act_keys(on);
  }

  static void draw_act_keys(screen& on) {
    on.line("S suspends  W wakes  R restarts  K kills it  D drains  U undrains its node", A_DIM);
  }

  void draw_actor(screen& on) {
    auto slash = looking_at_.find('/');
    auto found = in_.get("actors?limit=1&node=" + encode(looking_at_.substr(0, slash))
                         + "&path=" + encode(looking_at_.substr(slash + 1)));
    if (found.empty())
      on.line(looking_at_ + " is gone");
    else
      for (const auto& member : found.document[0].GetObject())
        on.line(fmt::format("{:<14} {}", member.name.GetString(),
                            rows::text(found.document[0], member.name.GetString())));
    on.line("Escape goes back", A_DIM);
    draw_act_keys(on);
  }

  session& in_;
  std::unique_ptr<answers> seen_; // null before the first refresh
  diagnosis wrong_;
  rows queues_, grants_;
  std::optional<steady::time_point> diagnosed_;
  std::map<std::string, double> handled_, rates_;
  std::map<std::string, std::pair<steady::time_point, double>> marks_;
  steady::time_point sampled_ = steady::now();
  size_t sort_ = 0;
  rapidjson::SizeType selected_ = 0;
  std::string filter_, typed_, looking_at_;
  std::string chosen_;   // the actor of `selected_`; empty: whoever is first
  std::string followed_; // whom instead of whom, once a node went away
  std::optional<planned_act> plan_;
  std::string told_; // what came of the last act
  bool typing_ = false, paused_ = false;
};

} // namespace

exit_code run_top_screen(session& in) {
  auto first = in.get("whoami");
  if (first.result != exit_code::done)
    return in.fail(first.result, first.error);
  take_interrupt();
  screen on;
  top_view view{in};
  view.refresh();
  for (auto due = steady::now() + interval;;) {
    view.draw(on);
    ::refresh();
    int pressed = getch();
    if (take_interrupt() || (pressed != ERR && !view.key(pressed)))
      return exit_code::done;
    if (steady::now() >= due && !view.paused()) {
      view.refresh();
      due = steady::now() + interval;
    }
  }
}

} // namespace nova::shell
