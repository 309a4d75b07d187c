// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/message.hpp>
#include <coppice/pid.hpp>
#include <memory>
#include <string>
#include <vector>

// What the process of a gen_event does, whatever the classes of its events and handlers are.
namespace coppice {
struct handler_info;
}

namespace coppice::detail {

/// What a manager knows of a class of handlers.
struct handler_type {
    const type_identity* key;
    std::string_view name;
    void (*const* hear)(void* handler, const void* event); // one for each event; null: no overload
    // Null: takes no messages. False: none of this type.
    bool (*info)(void* handler, message& m);
    // Null: has none. `value` is an optional for what it returns, or null.
    void (*terminate)(void* handler, const exit_reason& why, void* value);
    void (*destroy)(void* handler) noexcept;
};

/// Makes a handler in the manager's process.
class handler_maker {
public:
    explicit handler_maker(const handler_type& t) noexcept : type_{&t} {}
    handler_maker(handler_maker&&) noexcept = default;
    virtual ~handler_maker() = default;
    const handler_type& type() const noexcept { return *type_; }
    /// `old`: the handler that it takes over from, null without one. Null: no constructor fits.
    virtual void* make(void* old) = 0;

private:
    const handler_type* type_;
};

struct handler_name {
    const type_identity* key;
    std::string_view type;
    std::string id;
};

struct handler_turn;

/// The handlers of one manager, and what becomes of them.
///
/// Context: in the manager's process, and one call at a time: a handler that waits holds up the
/// manager. A signal that kills the process leaves each of these by its exception.
class event_manager {
public:
    explicit event_manager(const type_identity& type) noexcept : type_{&type} {}

    /// `which` is the event's place in the list of the manager's events.
    void tell(std::size_t which, const void* event, std::string_view name);
    /// Hands an untyped message to all handlers. False: none takes it.
    bool inform(message& m);
    /// `adder`: the process that supervises the handler; null: none does.
    std::optional<failure> add(handler_maker& how, std::string id, pid adder);
    /// `value`: an optional for what the handler's `terminate` returns.
    std::optional<failure> remove(const handler_name& which, const exit_reason& why, void* value);
    /// `adder`: who supervises the new one; null: the supervisor of the old one.
    std::optional<failure> swap(const handler_name& old,
                                const exit_reason& why,
                                handler_maker& how,
                                std::string id,
                                pid adder);
    /// Calls `f(handler, context)` on one handler.
    std::optional<failure> ask(const handler_name& which,
                               void (*f)(void* handler, void* context),
                               void* context,
                               std::string_view message);
    std::vector<handler_info> handlers() const;
    /// The object of one handler; null: there is none.
    void* handler(const handler_name& which) const noexcept;
    /// The manager ends.
    void stop();
    std::string text() const;

private:
    using object = std::unique_ptr<void, void (*)(void*) noexcept>;
    struct installed {
        const handler_type* type;
        event_manager::object object;
        std::string id;
        pid adder;
    };
    struct end_of_handler;

    template <class F>
    void each(std::string_view message, F f);
    std::size_t find(const handler_name& which) const noexcept;
    failure not_found(const handler_name& which) const;
    static std::optional<failure> make(handler_maker& how,
                                       void* old,
                                       const std::string& id,
                                       object& made);
    std::optional<failure> install(handler_maker& how, void* old, std::string id, pid adder);
    void supervise(pid adder);
    void stop_handlers_of(pid adder, const exit_reason& why);
    void settle(handler_turn& turn, std::size_t at);
    void hand_over(handler_maker& how, std::string id, const exit_reason& why, std::size_t at);
    void take_away_failed(std::size_t at, const exit_reason& why, std::string_view during);
    std::optional<exit_reason> take_away(std::size_t at, const end_of_handler& how);
    std::optional<exit_reason> terminate(installed& h, const end_of_handler& how);
    static end_of_handler swapped(const exit_reason& why,
                                  const handler_type& by,
                                  const std::string& id,
                                  pid adder);
    void report_failure(const handler_type& type,
                        const std::string& id,
                        const exit_reason& why,
                        std::string_view during) const;

    const type_identity* type_;
    std::vector<installed> handlers_; // the newest is the last
    bool linked_with_parent_ = false;
    bool parent_adds_ = false;
};

/// The handler that runs goes away when it returns. Errors: std::logic_error outside of one.
void remove_this_handler();
/// The same, and `how` makes the one that takes its place. `manager` is the manager's type.
void swap_this_handler(const type_identity& manager,
                       std::unique_ptr<handler_maker> how,
                       std::string id,
                       exit_reason why);

/// The caller, to supervise a handler. Errors: std::logic_error outside a process.
pid adder_of_handler();

} // namespace coppice::detail
