// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "command_table.hpp"
#include <atomic>
#include <coppice/pid.hpp>
#include <ctime>
#include <map>
#include <memory>
#include <mutex>

// The connected clients, as CLIENT LIST shows them.
namespace key_value {

/// The public state of one connection. The connection writes it; any thread may read it.
struct client_record {
    std::int64_t id = 0;
    coppice::pid process;
    std::string address;       ///< of the client
    std::string local_address; ///< of the server's end
    std::time_t since = 0;

    // All relaxed: the numbers are independent, only the connection writes them, and a reader may
    // see an older value.
    std::atomic<std::time_t> last_used{0};
    std::atomic<const description*> last_command{nullptr};
    std::atomic<std::uint64_t> commands{0};
    std::atomic<std::uint64_t> bytes_in{0};
    std::atomic<std::size_t> channels{0};
    std::atomic<std::size_t> patterns{0};
    std::atomic<int> queued{-1}; ///< in a transaction; -1: there is none

    std::string name() const;
    void rename(std::string name);

private:
    mutable std::mutex lock_;
    std::string name_; // set by CLIENT SETNAME
};

/// The open connections.
///
/// Context: any thread; never suspends.
class client_table {
public:
    struct totals {
        std::uint64_t connections = 0, commands = 0, bytes_in = 0;
    };

    std::shared_ptr<client_record> add(coppice::pid process,
                                       std::string address,
                                       std::string local_address);
    void remove(const client_record& r);
    /// In the order in which they connected.
    std::vector<std::shared_ptr<client_record>> all() const;
    /// Since the program started, or since `reset_totals`.
    totals count() const;
    void reset_totals();

private:
    mutable std::mutex lock_;
    std::map<std::int64_t, std::shared_ptr<client_record>> clients_;
    std::int64_t last_id_ = 0;
    totals gone_; // the totals of closed connections, minus those before `reset_totals`
};

/// Answers CLIENT for the connection `me`. It may end other connections; `me` must end itself when
/// `close` has become true.
std::string client_command(const command& c, client_record& me, client_table& all, bool& close);

/// Why a name is refused, as an answer; empty when it is fine.
std::string refuse_name(std::string_view name);

} // namespace key_value
