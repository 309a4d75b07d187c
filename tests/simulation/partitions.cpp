// SPDX-License-Identifier: BSL-1.0
#include "model_parts.hpp"
#include "modules.hpp"
#include "numbers.hpp"
#include <coppice/partition_supervisor.hpp>

namespace simulation {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t parts_in_use = 3;

struct whereabouts {
    std::size_t partition;
};
struct where {
    using reply = whereabouts;
};

class cell {
public:
    explicit cell(std::size_t partition) : partition_{partition} {}
    whereabouts handle_call(where) const { return {partition_}; }

private:
    std::size_t partition_;
    counted alive_;
};

class partition_part final : public part {
public:
    using part::part;
    bool has(op o) const override { return o == op::route; }

    void start() override {
        if (!is_dead(tree_.process()))
            return;
        std::vector<child_spec> children{child_from(cells_, {.partitions = parts_in_use},
                                                    [](std::size_t i) { return cell{i}; })};
        if (const auto r = try_start<supervisor>(supervisor_flags{}, std::move(children)))
            tree_ = *r;
    }
    void strike(const step& s) override {
        if (s.number % 7 == 6)
            return part::strike(cells_.supervisor().process(), s);
        if (cells_.size() != 0)
            part::strike(
                cells_[static_cast<std::size_t>(s.number) % cells_.size()].whereis().process(), s);
    }

    void act(player& who, const step& s, phase) override {
        const int key = 7 * s.target;
        const auto due = end_of_wait(s.number, this_process::now());
        const auto name = cells_(key);
        const auto r = name.try_call(where{}, limit_of(s.number));
        if (r && r->partition != static_cast<std::size_t>(key) % parts_in_use)
            wrong("a key reaches another partition than its own");
        if (!r)
            check_failure("a call of a partition", r.error(), {}, due);
        w.rules.must_not_be_late(who.me, "a call of a partition", due, this_process::now());
    }

    void at_rest() override {
        if (is_dead(tree_.process()))
            return;
        for (std::size_t i = 0; i < parts_in_use; ++i) {
            const auto r = cells_[i].try_call(where{}, 1s);
            if (!r && !is_dead(tree_.process()))
                wrong("a partition is not started again");
            if (r && r->partition != i)
                wrong("a partition is at another's place");
        }
    }

private:
    partitions<cell> cells_{"cells"};
    server_ref<supervisor> tree_;
};

} // namespace

std::unique_ptr<part> make_partitions(world& w) { return std::make_unique<partition_part>(w); }

} // namespace simulation
