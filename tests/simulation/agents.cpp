// SPDX-License-Identifier: BSL-1.0
#include "model_parts.hpp"
#include "modules.hpp"
#include "numbers.hpp"
#include <coppice/agent.hpp>

namespace simulation {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

using ledger = agent<long>;

class agent_part final : public part {
public:
    using part::part;
    bool has(op o) const override { return o == op::update; }

    void start() override {
        if (!is_dead(ledger_.process()))
            return;
        if (const auto r = try_start<ledger>(0L)) {
            ledger_ = *r;
            const hold h{lock};
            added_ = 0;
        }
    }
    void strike(const step& s) override { part::strike(ledger_.process(), s); }

    void act(player& who, const step& s, phase) override {
        const auto to = ledger_;
        const int number = made(who.me, s.target % 4 == 0);
        const auto due = end_of_wait(s.number, this_process::now());
        const time_limit limit = limit_of(s.number);
        const auto checked = [&](const auto& r) {
            if (!r)
                check_failure("a call of an agent", r.error(), to.process(), due);
            else if (of(number).times != 1)
                wrong("an agent answers, and its function has not run");
            w.rules.must_not_be_late(who.me, "a call of an agent", due, this_process::now());
            return r.has_value();
        };
        switch (s.target % 4) {
        case 0:
            return ledger::cast(to, [this, number, alive = counted{}](long& sum) {
                runs(number, sum);
                ++sum;
            });
        case 1: {
            const auto r = ledger::try_get_and_update(
                to,
                [this, number, alive = counted{}](long& sum) {
                    runs(number, sum);
                    ++sum;
                    return number;
                },
                limit);
            if (checked(r) && *r != number)
                wrong("a caller of an agent gets the answer of another call");
            return;
        }
        case 2:
            return (void)checked(ledger::try_update(
                to,
                [this, number, alive = counted{}](long& sum) {
                    runs(number, sum);
                    ++sum;
                    if (number % 7 == 6)
                        throw failed_on_purpose{};
                },
                limit));
        default: {
            const auto r = ledger::try_get(
                to,
                [this, number, alive = counted{}](const long& sum) {
                    runs(number, sum);
                    --added_; // it adds nothing
                    return sum;
                },
                limit);
            (void)checked(r);
            return;
        }
        }
    }

    void at_rest() override {
        const hold h{lock};
        if (is_dead(ledger_.process()))
            return;
        for (const function& f : functions_)
            if (f.is_cast && f.to == ledger_.process() && f.times == 0)
                wrong("a function that was cast to an agent does not run");
    }

private:
    struct function {
        model::life_id from;
        pid to;
        bool is_cast;
        int times = 0;
    };
    int made(model::life_id from, bool is_cast) {
        const hold h{lock};
        functions_.push_back({from, ledger_.process(), is_cast});
        return static_cast<int>(functions_.size()) - 1;
    }
    function of(int number) const {
        const hold h{lock};
        return functions_[static_cast<std::size_t>(number)];
    }

    void runs(int number, long sum) {
        const hold h{lock};
        w.rules.course(28, static_cast<std::uint64_t>(number));
        function& f = functions_[static_cast<std::size_t>(number)];
        if (f.to != this_process::self())
            wrong("the function of an agent runs in another process");
        if (++f.times > 1)
            wrong("the function of an agent runs twice");
        if (sum != added_)
            wrong("the state of an agent is not what its functions have left");
        ++added_;
        for (const function& later : functions_) // of one sender, or of all in virtual time
            if (&later > &f && later.times && later.to == f.to && (w.exact || later.from == f.from))
                wrong("two functions of an agent change places");
    }

    server_ref<ledger> ledger_;
    std::vector<function> functions_;
    long added_ = 0; // since the agent has started
};

} // namespace

std::unique_ptr<part> make_agent(world& w) { return std::make_unique<agent_part>(w); }

} // namespace simulation
