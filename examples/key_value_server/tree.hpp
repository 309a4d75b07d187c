// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "client_table.hpp"
#include "restart_history.hpp"
#include "transactions.hpp"
#include <coppice.hpp>
#include <filesystem>

// The supervision tree, and its picture.
namespace key_value {

struct settings {
    std::string host = "127.0.0.1";
    unsigned short port = 6380;
    std::filesystem::path data = "data";
    std::size_t partitions = 4;
    std::size_t max_clients = 10'000;
};

/// The data that all processes share. Only the restart history and the client table change.
struct server_context {
    server_context(settings s, std::shared_ptr<transaction_context> t)
        : options{std::move(s)}, transactions{std::move(t)} {}
    settings options;
    restart_history past;
    std::shared_ptr<transaction_context> transactions;
    std::shared_ptr<client_table> clients = std::make_shared<client_table>();
};

inline constexpr coppice::server_name<coppice::supervisor> root{"key_value"};
inline constexpr coppice::server_name<coppice::dynamic_supervisor> the_connections{"connections"};

/// The id of each child of `the_connections`.
inline constexpr const char* connection_id = "connection";

/// The log of one partition.
std::filesystem::path log_file(const settings& s, std::size_t partition);

/// The tree, as children for an application:
///
///     key_value (one_for_one)
///       stores (one_for_one)      store/0, store/1, ...
///       pubsub
///       connections (dynamic)     one process for each client
///       listener
///
/// `listening` is a socket that listens already: so a port that is in use is reported before a
/// process starts, and clients that connect while the listener is being restarted wait in the
/// socket's queue.
std::vector<coppice::child_spec> tree(const settings& s,
                                      int listening,
                                      std::shared_ptr<transaction_context> transactions);

/// The tree as text: each process with its pid, its start time, its restarts and its last exit
/// reason.
std::string draw_tree(const restart_history& past);

} // namespace key_value
