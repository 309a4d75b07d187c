// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "command_table.hpp"
#include <atomic>
#include <coppice/pid.hpp>
#include <ctime>
#include <map>
#include <memory>
#include <mutex>

// Who is connected, as CLIENT LIST tells it.
namespace key_value {

/// What others may know of one connection. It writes here what it does; any thread may read.
struct client_record {
    std::int64_t id = 0;
    coppice::pid process;
    std::string address;       ///< of the client
    std::string local_address; ///< that it is connected to
    std::time_t since = 0;

    // Relaxed, all of them: each is a number of its own that only the connection writes, and what
    // others read may be a moment old.
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
    std::string name_; // as the client calls itself
};

/// The connections that there are.
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
    /// In the order in which they came.
    std::vector<std::shared_ptr<client_record>> all() const;
    /// Since the program started, or since `reset_totals`.
    totals count() const;
    void reset_totals();

private:
    mutable std::mutex lock_;
    std::map<std::int64_t, std::shared_ptr<client_record>> clients_;
    std::int64_t last_id_ = 0;
    totals gone_; // what those did that are no more; minus what was before `reset_totals`
};

/// Answers CLIENT for the connection `me`. It may end other connections; `me` ends itself then, when
/// `close` has become true.
std::string client_command(const command& c, client_record& me, client_table& all, bool& close);

/// Why a name is refused, as an answer; empty when it is fine.
std::string refuse_name(std::string_view name);

} // namespace key_value
