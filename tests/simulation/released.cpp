// SPDX-License-Identifier: BSL-1.0
#include "released.hpp"
#include "model_parts.hpp"
#include "modules.hpp"
#include <coppice/release.hpp>

namespace simulation {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

class release_part;
release_part* the_release = nullptr;

/// The server of an application.
class clerk {
public:
    explicit clerk(std::size_t application);

private:
    counted alive_;
};

class release_part final : public part {
public:
    explicit release_part(world& all) : part{all} { the_release = this; }
    ~release_part() override { the_release = nullptr; }
    bool has(op) const override { return false; }
    void act(player&, const step&, phase) override {}
    void strike(const step& s) override {
        pid struck;
        {
            const hold h{lock};
            struck = clerks_[static_cast<std::size_t>(s.target) % clerks_.size()];
        }
        part::strike(struck, s);
    }

    void takes_place(std::size_t application) {
        w.spare(this_process::self());
        const hold h{lock};
        clerks_[application] = this_process::self();
    }
    void says(std::string what) {
        const hold h{lock};
        said_.push_back(std::move(what));
    }
    void check(int code) const {
        const hold h{lock};
        std::string all;
        for (const std::string& word : said_)
            all += word + ' ';
        if (all !=
            "start store, start front, prepare front, stop front, prepare store, stop store, ")
            wrong("a release takes another course: " + all);
        if (code != 0)
            wrong("a release ends with " + std::to_string(code));
    }

private:
    std::array<pid, 2> clerks_;
    std::vector<std::string> said_;
};

clerk::clerk(std::size_t application) { the_release->takes_place(application); }

supervisor_spec tree_of(std::size_t application) {
    return {{.intensity = 1000, .period = 1s}, {child<clerk>("clerk", application)}};
}

struct store {
    static constexpr std::string_view name = "store";
    supervisor_spec start() {
        the_release->says("start store,");
        return tree_of(0);
    }
    void prep_stop() { the_release->says("prepare store,"); }
    void stop() { the_release->says("stop store,"); }
};
struct front {
    static constexpr std::string_view name = "front";
    using applications = needs<store>;
    supervisor_spec start() {
        the_release->says("start front,");
        return tree_of(1);
    }
    void prep_stop() { the_release->says("prepare front,"); }
    void stop() { the_release->says("stop front,"); }
};

} // namespace

void run_in_release(world& w, std::size_t threads, std::function<void()> body) {
    auto made = std::make_unique<release_part>(w);
    release_part& all = *made;
    w.modules.push_back(std::move(made));
    release<front, store> program{{.runtime = {.threads = threads, .max_stacks = 4000}}};
    all.check(program.run(std::move(body)));
}

} // namespace simulation
