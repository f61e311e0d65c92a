#pragma once

#include "actors/query.hpp"
#include "messages/error_code.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/expected.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <any>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <typeindex>
#include <utility>
#include <vector>

namespace nova::test {

/// A database in memory that knows what a test tells it, one line a query:
/// `database.on<pg::claim_threads>([&](const auto& query) { return claims; })`.
/// It keeps what it was asked; what nobody told it fails. Outlives the actor.
class database_fake {
public:
  /// Answers such queries from now on with what `handler` returns: the answer, an `ec` or a
  /// `caf::expected` of the answer. ec::none: there is nothing to say.
  template <class Query, class Handler>
  void on(Handler handler) {
    handlers_[typeid(std::shared_ptr<Query>)] =
      [handler](const query_job& job) mutable -> caf::result<query_done> {
      const Query& query = *std::any_cast<const std::shared_ptr<Query>&>(job.query);
      using returned = std::invoke_result_t<Handler&, const Query&>;
      if constexpr (std::is_void_v<returned>) {
        handler(query);
        return query_done{};
      } else {
        return to_result<answer_of<Query>>(handler(query));
      }
    };
  }

  /// Answers such queries with always the same.
  template <class Query>
  void answer(answer_of<Query> same) {
    on<Query>([same = std::move(same)](const Query&) { return same; });
  }

  /// Takes queries that have nothing to say.
  template <class... Query>
  void take() {
    (on<Query>([](const Query&) {}), ...);
  }

  /// What was asked of a kind, in order.
  template <class Query>
  [[nodiscard]] std::vector<Query> asked() const {
    std::vector<Query> all;
    for (const auto& query : asked_)
      if (const auto* found = std::any_cast<std::shared_ptr<Query>>(&query))
        all.push_back(**found);
    return all;
  }

  database_actor spawn(caf::actor_system& system) {
    return system.spawn([this](database_actor::pointer self) -> database_actor::behavior_type {
      return {[this, self](const query_job& job) { return run(self, job); }};
    });
  }

  bool away = false;                       // every query fails, after it was kept
  std::function<void()> during_query = {}; // run once, before the next answer
  caf::strong_actor_ptr last_asker = {};

private:
  template <class Answer, class Returned>
  static caf::result<query_done> to_result(Returned&& returned) {
    using plain = std::remove_cvref_t<Returned>;
    if constexpr (std::is_same_v<plain, caf::expected<Answer>>) {
      if (!returned)
        return std::move(returned.error());
      return query_done{std::any{std::move(*returned)}};
    } else if constexpr (std::is_same_v<plain, ec>) {
      return returned == ec::none ? caf::result<query_done>{query_done{}} : returned;
    } else {
      return query_done{std::any{Answer(std::forward<Returned>(returned))}};
    }
  }

  caf::result<query_done> run(database_actor::pointer self, const query_job& job) {
    asked_.push_back(job.query);
    last_asker = self->current_sender();
    if (auto then = std::exchange(during_query, nullptr))
      then();
    if (away)
      return ec::database_unavailable;
    auto handler = handlers_.find(job.query.type());
    if (handler == handlers_.end())
      return caf::make_error(ec::not_possible, std::string{"the test knows no "} + job.name);
    return handler->second(job);
  }

  std::map<std::type_index, std::function<caf::result<query_done>(const query_job&)>> handlers_;
  std::vector<std::any> asked_;
};

} // namespace nova::test
