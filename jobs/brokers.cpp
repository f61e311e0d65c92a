#include "jobs/brokers.hpp"

#include "actors/promised_answer.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "jobs/broker_message.hpp"
#include "json/json_reader.hpp"
#include "messages/error_code.hpp"
#include "pg/messenger/messenger_note_broker.hpp"
#include "pg/messenger/messenger_outbox_age.hpp"
#include "pg/systems.hpp"

#include <caf/actor_cast.hpp>
#include <caf/stateful_actor.hpp>
#include <fmt/format.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <utility>

// What is received, and how it ends; what is sent is in brokers_relay.cpp.

namespace nova::jobs {
namespace {

constexpr base::log brokers_log{"Brokers"};

using namespace std::chrono_literals;

// Above the time that a connection waits on its broker, several times over.
constexpr auto connection_timeout = 60s;

/// Transports of brokers, where there is a messenger.
struct look_for_brokers {
  static constexpr const char* name = "look_for_brokers";

  std::vector<pg::broker_row> run(pg::connection& conn) const {
    return pg::has_system(conn, "messenger") ? pg::messenger_brokers{}.run(conn)
                                             : std::vector<pg::broker_row>{};
  }
};

transports::broker_settings settings_of(const pg::broker_row& row, const brokers_settings& of) {
  transports::broker_settings made{row.type, {}, of.consumer, of.secrets};
  rapidjson::Document config;
  if (json::parse(config, row.config) && config.IsObject())
    for (const auto& member : config.GetObject())
      if (member.value.IsString())
        made.config.emplace(member.name.GetString(), member.value.GetString());
  return made;
}

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(base::wall_now().time_since_epoch())
    .count();
}

} // namespace

void brokers_state::start() {
  look_for_transports();
  next_look_.after(settings.poll, [this] { look_at_brokers(); });
}

void brokers_state::look_for_transports() {
  next_poll_.after(settings.poll, [this] { look_for_transports(); });
  if (draining_ || std::exchange(looking_, true))
    return;
  constexpr auto what = "look for transports of brokers";
  ask(self, database, look_for_brokers{})
    .then(
      [this](std::vector<pg::broker_row>& rows) {
        could(brokers_log, what);
        looking_ = false;
        use(std::move(rows));
      },
      [this](const caf::error& reason) {
        looking_ = false;
        could_not(brokers_log, what, describe(reason));
      });
}

/// Who is reached otherwise by now gets new connections; what is in hand of the old ones comes
/// again.
void brokers_state::use(std::vector<pg::broker_row>&& rows) {
  std::map<std::string, std::unique_ptr<broker>> kept;
  for (auto& row : rows) {
    auto found = brokers_.find(row.name);
    auto one = found == brokers_.end() ? std::make_unique<broker>(self) : std::move(found->second);
    if (one->row.type != row.type || one->row.config != row.config) {
      forget_connections(*one);
      one->how = settings_of(row, settings);
    }
    one->row = std::move(row);
    auto& put = *kept.emplace(one->row.name, std::move(one)).first->second;
    relay(put);
  }
  for (auto& [name, one] : brokers_)
    if (one)
      forget_connections(*one);
  brokers_ = std::move(kept);
  doing(fmt::format("{} brokers", brokers_.size()));
}

void brokers_state::forget_connections(broker& of) {
  for (auto* one : {&of.sender, &of.receiver})
    if (*one)
      self->send_exit(*one, caf::exit_reason::user_shutdown);
  of.sender = of.receiver = nullptr;
  of.in_hand.clear();
  of.ended.clear();
  of.settling = {};
  of.next_hold.stop();
  of.failures = 0;
}

broker_connection_actor& brokers_state::sender_of(broker& of) {
  if (!of.sender) {
    of.sender =
      start_broker_connection(self,
                              open_child(directory, "broker_connection", of.row.name + " sends"),
                              of.row.name, *of.how, deliveries_listener{});
    children_.insert(of.sender.address());
  }
  return of.sender;
}

broker_connection_actor& brokers_state::receiver_of(broker& of) {
  if (!of.receiver) {
    of.receiver =
      start_broker_connection(self,
                              open_child(directory, "broker_connection", of.row.name + " receives"),
                              of.row.name, *of.how, caf::actor_cast<deliveries_listener>(self));
    children_.insert(of.receiver.address());
    hold(of);
  }
  return of.receiver;
}

brokers_state::broker* brokers_state::find(const std::string& transport) {
  auto found = brokers_.find(transport);
  return found == brokers_.end() ? nullptr : found->second.get();
}

/// Said once when it begins, and when it is over.
void brokers_state::heard(broker& of, const broker_trouble& trouble) {
  bool news = of.trouble.error_class != trouble.error_class;
  of.trouble = trouble;
  if (!news)
    return;
  if (trouble)
    brokers_log.error("a broker cannot be used; what is to be sent to it waits",
                      {{"transport", of.row.name},
                       {"type", of.row.type},
                       {"class", trouble.error_class},
                       {"reason", trouble.text}});
  else
    brokers_log.info("a broker can be used again", {{"transport", of.row.name}});
  note(of);
}

void brokers_state::note(broker& of) {
  constexpr auto what = "note how brokers are";
  ask(self, database,
      pg::messenger_note_broker{of.row.name, settings.worker, of.trouble.error_class,
                                of.trouble.text, of.trouble ? std::nullopt : of.depth,
                                static_cast<int32_t>(of.in_hand.size())})
    .then([this] { could(brokers_log, what); },
          [this](const caf::error& reason) { could_not(brokers_log, what, describe(reason)); });
}

void brokers_state::look_at_brokers() {
  next_look_.after(settings.look, [this] { look_at_brokers(); });
  if (draining_)
    return;
  for (auto& [name, one] : brokers_)
    timed_request(self, sender_of(*one), connection_timeout, look_at_broker{})
      .then(
        [this, transport = name](broker_seen& seen) {
          if (auto* of = find(transport)) {
            of->depth = seen.depth;
            heard(*of, seen.trouble);
            note(*of);
          }
        },
        [](const caf::error&) {}); // its connection ended, which is told elsewhere
  if (!brokers_.empty())
    ask(self, database, pg::messenger_outbox_age{})
      .then(
        [this](std::chrono::milliseconds age) {
          settings.outbox_age.set(std::chrono::duration<double>(age).count());
        },
        [](const caf::error&) {}); // the next look asks again
}

caf::result<deliveries_claimed> brokers_state::claim(const claim_deliveries& request) {
  auto* of = find(request.transport);
  if (of == nullptr || !of->row.open || draining_ || request.most == 0)
    return deliveries_claimed{};
  auto asker = caf::actor_cast<caf::actor_addr>(self->current_sender());
  of->listener = caf::actor_cast<jobs_wakeup_actor>(self->current_sender());
  if (askers_.insert(asker).second)
    self->monitor(asker);
  auto answer = owe_answer<deliveries_claimed>(self);
  timed_request(self, receiver_of(*of), connection_timeout, receive_messages{request.most})
    .then(
      [this, answer, asker, transport = request.transport](messages_received& got) {
        auto* found = find(transport);
        if (found == nullptr)
          return answer.deliver(deliveries_claimed{});
        heard(*found, got.trouble);
        answer.deliver(deliveries_claimed{take(*found, std::move(got), asker)});
      },
      [answer](const caf::error&) { answer.deliver(deliveries_claimed{}); });
  return answer;
}

std::vector<claimed_job> brokers_state::take(broker& of, messages_received&& from,
                                             const caf::actor_addr& asker) {
  std::vector<claimed_job> jobs;
  for (const auto& one : from.some) {
    auto read = read_broker_message(of.row.name, one, now_ms());
    if (!read.dead && one.deliveries > settings.deliveries_max)
      read.dead =
        job_outcome{verdict::fail, "worker_lost",
                    fmt::format("was delivered {} times and never ended", one.deliveries - 1)};
    of.in_hand.insert_or_assign(one.receipt,
                                held_delivery{std::move(read.payload), std::to_string(read.job.id),
                                              one.deliveries, asker});
    if (read.dead && read.dead->what == verdict::snooze) {
      end(of, one.receipt, std::move(*read.dead));
    } else if (read.dead) {
      brokers_log.warn("a message of a broker is given up", {{"transport", of.row.name},
                                                             {"job", name_of(read.job)},
                                                             {"class", read.dead->error_class},
                                                             {"reason", read.dead->text}});
      end(of, one.receipt, std::move(*read.dead));
    } else {
      jobs.push_back(std::move(read.job));
    }
  }
  write(of);
  return jobs;
}

void brokers_state::ended(delivery_ended&& news) {
  if (auto* of = find(news.job.place)) {
    end(*of, news.job.receipt, std::move(news.outcome));
    write(*of);
  }
}

/// One of an earlier connection is not known: it comes again.
void brokers_state::end(broker& of, const std::string& receipt, job_outcome&& outcome) {
  auto held = of.in_hand.find(receipt);
  if (held != of.in_hand.end() && !std::exchange(held->second.ended, true))
    of.ended.push_back({receipt, std::move(outcome)});
}

void brokers_state::write(broker& of) {
  if (of.ending || of.ended.empty())
    return;
  of.ending = true;
  auto all = std::exchange(of.ended, {});
  pg::messenger_end_delivered judged{of.row.name, settings.worker};
  std::vector<std::string> receipts;
  for (auto& [receipt, outcome] : all) {
    auto& held = of.in_hand.at(receipt);
    if (outcome.what == verdict::done) {
      of.settling.done.push_back(receipt);
    } else if (outcome.what == verdict::snooze) {
      of.settling.again.push_back({receipt, {held.id, held.payload}, outcome.after});
    } else {
      receipts.push_back(receipt);
      judged.payloads.push_back(held.payload);
      judged.deliveries.push_back(held.deliveries);
      judged.verdicts.emplace_back(outcome.what == verdict::fail ? "fail" : "retry");
      judged.classes.push_back(outcome.error_class);
      judged.texts.push_back(outcome.text);
      judged.after_ms.push_back(outcome.after.count() > 0 ? std::optional{outcome.after.count()}
                                                          : std::nullopt);
    }
  }
  if (receipts.empty())
    settle(of);
  else
    judge(of.row.name, std::move(judged), std::move(receipts));
}

void brokers_state::judge(const std::string& transport, pg::messenger_end_delivered&& query,
                          std::vector<std::string>&& receipts) {
  constexpr auto what = "end what brokers delivered";
  auto again = query;
  ask(self, database, std::move(query))
    .then(
      [this, transport, receipts](const std::vector<pg::judged_message>& verdicts) {
        could(brokers_log, what);
        auto* of = find(transport);
        if (of == nullptr)
          return;
        for (size_t i = 0; i < receipts.size(); ++i) {
          const auto& [delay, payload] = verdicts.at(i);
          auto held = of->in_hand.find(receipts[i]);
          if (held == of->in_hand.end())
            continue;
          if (delay)
            of->settling.again.push_back({receipts[i], {held->second.id, payload}, *delay});
          else
            of->settling.done.push_back(receipts[i]);
        }
        settle(*of);
      },
      [this, transport, receipts, again](const caf::error& reason) mutable {
        could_not(brokers_log, what, describe(reason));
        if (auto* of = find(transport))
          of->next_end.after(retry_pause, [this, transport, receipts, again]() mutable {
            judge(transport, std::move(again), std::move(receipts));
          });
      });
}

void brokers_state::settle(broker& of) {
  if (of.settling.done.empty() && of.settling.again.empty())
    return settled(of, {});
  timed_request(self, receiver_of(of), connection_timeout, of.settling)
    .then(
      [this, transport = of.row.name](const deliveries_settled& answer) {
        if (auto* found = find(transport))
          settled(*found, answer.trouble);
      },
      [this, transport = of.row.name](const caf::error&) {
        // Its connection ended, and with it what was in hand.
        if (auto* found = find(transport))
          settled(*found, {});
      });
}

void brokers_state::settled(broker& of, const broker_trouble& trouble) {
  heard(of, trouble);
  if (trouble) {
    of.next_end.after(retry_pause, [this, transport = of.row.name] {
      if (auto* found = find(transport))
        settle(*found);
    });
    return;
  }
  for (const auto& receipt : of.settling.done)
    of.in_hand.erase(receipt);
  for (const auto& one : of.settling.again)
    of.in_hand.erase(one.receipt);
  of.settling = {};
  of.ending = false;
  write(of);
  end_if_drained();
}

/// Jobs take longer than the broker waits.
void brokers_state::hold(broker& of) {
  constexpr int holds_per_lease = 4;
  of.next_hold.after(transports::lease_of(*of.how) / holds_per_lease,
                     [this, transport = of.row.name] {
                       if (auto* found = find(transport); found != nullptr && found->receiver)
                         hold(*found);
                     });
  hold_deliveries held;
  for (const auto& [receipt, one] : of.in_hand)
    held.receipts.push_back(receipt);
  timed_request(self, receiver_of(of), connection_timeout, std::move(held))
    .then(
      [this, transport = of.row.name](const deliveries_settled& answer) {
        if (auto* found = find(transport); found != nullptr && answer.counted > 0)
          heard(*found, answer.trouble);
      },
      [](const caf::error&) {}); // its connection ended
}

void brokers_state::hear(const deliveries_waiting& news) {
  if (auto* of = find(news.transport); of != nullptr && of->listener)
    self->send(of->listener, jobs_available{jobs_available::kind::messages, news.transport});
}

/// What it had is given back, and so is what was on its way to it.
void brokers_state::asker_gone(const caf::actor_addr& asker) {
  askers_.erase(asker);
  for (auto& [name, of] : brokers_) {
    for (const auto& [receipt, held] : of->in_hand)
      if (held.asker == asker)
        end(*of, receipt, {verdict::snooze, "", "who had it ended"});
    write(*of);
    if (!of->listener || of->listener.address() != asker)
      continue;
    of->listener = nullptr;
    if (of->receiver)
      timed_request(self, of->receiver, connection_timeout, end_receiving{})
        .then([](const deliveries_settled&) {}, [](const caf::error&) {}); // leases end
  }
}

bool brokers_state::child_exited(const caf::actor_addr& child) {
  if (children_.erase(child) == 0)
    return false;
  for (auto& [name, of] : brokers_)
    if ((of->sender && of->sender.address() == child)
        || (of->receiver && of->receiver.address() == child))
      forget_connections(*of);
  return true;
}

void brokers_state::drain() {
  if (std::exchange(draining_, true))
    return;
  doing("draining");
  drain_ends_.after(settings.drain_limit, [this] { self->quit(caf::exit_reason::user_shutdown); });
  for (auto& [name, of] : brokers_) {
    for (const auto& [receipt, held] : of->in_hand)
      end(*of, receipt, {verdict::snooze, "", "its node ended"});
    write(*of);
  }
  end_if_drained();
}

void brokers_state::end_if_drained() {
  if (!draining_)
    return;
  for (auto& [name, of] : brokers_) {
    if (of->ending || !of->ended.empty())
      return;
    if (of->receiver && !std::exchange(of->closing, true)) {
      ++closing_;
      auto closed = [this] {
        --closing_;
        end_if_drained();
      };
      timed_request(self, of->receiver, settings.drain_limit, end_receiving{})
        .then([closed](const deliveries_settled&) { closed(); },
              [closed](const caf::error&) { closed(); });
    }
  }
  if (closing_ == 0)
    self->quit(caf::exit_reason::user_shutdown);
}

brokers_actor::behavior_type brokers(observed_pointer<brokers_actor, brokers_state> self,
                                     directory_slot slot, database_actor database,
                                     std::shared_ptr<actor_directory> directory,
                                     brokers_settings settings) {
  auto& state = self->state;
  state.slot = std::move(slot);
  state.database = std::move(database);
  state.directory = std::move(directory);
  state.settings = std::move(settings);
  self->set_exit_handler([self](caf::exit_msg& exit) {
    if (self->state.child_exited(exit.source))
      return;
    if (exit.reason == caf::exit_reason::user_shutdown)
      self->state.drain();
    else if (exit.reason)
      self->quit(exit.reason);
  });
  self->set_down_handler(
    [self](const caf::down_msg& down) { self->state.asker_gone(down.source); });
  state.start();
  return {
    [self](const claim_deliveries& request) { return self->state.claim(request); },
    [self](delivery_ended& news) { self->state.ended(std::move(news)); },
    [self](const jobs_available& news) { self->state.hear(news); },
    [self](const deliveries_waiting& news) { self->state.hear(news); },
  };
}

} // namespace nova::jobs
