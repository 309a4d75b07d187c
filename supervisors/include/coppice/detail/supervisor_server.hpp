// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/supervisor_verbs.hpp>
#include <memory>

namespace coppice::detail {

class engine;
template <class T>
struct answer;
struct start_child_request;
struct terminate_child_request;
struct restart_child_request;
struct delete_child_request;
struct get_child_spec_request;
struct which_children_request;
struct count_children_request;
struct which_child_request;
struct oldest_children_request;
struct oldest_children;

/// The server class behind both kinds of supervisor: it hands each message to an engine.
class supervisor_server {
public:
    /// A child that waits to be restarted must not wait behind processes that are CPU-bound, and
    /// with a million children a supervisor exceeds its time slice now and then.
    static constexpr bool keeps_normal_priority = true;

    supervisor_server(const supervisor_server&) = delete;
    supervisor_server& operator=(const supervisor_server&) = delete;

protected:
    explicit supervisor_server(std::unique_ptr<engine> what_it_does);
    ~supervisor_server();

    answer<started_child> handle_call(start_child_request);
    answer<void> handle_call(terminate_child_request);
    answer<started_child> handle_call(restart_child_request);
    answer<void> handle_call(delete_child_request);
    answer<child_spec> handle_call(get_child_spec_request);
    std::vector<child_info> handle_call(which_children_request);
    child_counts handle_call(count_children_request);
    answer<child_info> handle_call(which_child_request);
    oldest_children handle_call(oldest_children_request);
    void handle_info(exit_signal);
    void handle_info(message);
    void terminate(const exit_reason&);
    std::string format_status() const;

private:
    std::unique_ptr<engine> engine_;
};

} // namespace coppice::detail
