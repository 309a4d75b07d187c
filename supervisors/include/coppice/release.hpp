// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/release_parts.hpp>
#include <coppice/log_record.hpp>
#include <coppice/runtime.hpp>
#include <coppice/supervisor.hpp>

/// Several applications in one program. Opt-in: `coppice.hpp` does not include it.
///
///     class web {                                         // an application: a class
///     public:
///         static constexpr std::string_view name = "web";
///         using applications = needs<storage>;            // started before it, stopped after it
///         struct config { std::uint16_t port = 8080; };   // [web] port = 80; WEB_PORT=80 wins
///         supervisor_spec start(const config& c);         // its tree
///         using start_phases = phases<listen>;
///         void start_phase(listen);                       // when all trees are up
///         void prep_stop();                               // before its tree stops
///         void stop();                                    // after it
///         void config_change(const config& now);          // SIGHUP, and it has changed
///     };
///     BOOST_DESCRIBE_STRUCT(web::config, (), (port))
///
///     int main() { return release<storage, web>{{.config_file = "shop.toml"}}.run(); }
///
/// Only `name` and `start` are needed. The header has BOOST_DESCRIBE_STRUCT.
///
/// **When not.** A program with one tree needs none of this: `application{...}.run()`.
namespace coppice {

/// Of an application: those that run before it starts, and until it has stopped.
/// `using applications = needs<storage, mail>;`
template <class... Applications>
struct needs {};

/// Of an application: what it does in turn when all trees are up. `using start_phases =
/// phases<warm_up, listen>;` with a function `void start_phase(P)` for each.
template <class... Phases>
struct phases {};

/// How a release runs, where the defaults do not fit.
struct release_options {
    std::string config_file = {}; ///< TOML; empty: none. Read again at SIGHUP
    /// In front of the environment variables: with `SHOP`, `SHOP_WEB_PORT` is `web.port`.
    std::string environment_prefix = {};
    coppice::runtime::options runtime = {};
    /// For the start of each application, and for each of its start phases.
    time_span start_timeout = std::chrono::seconds{60};
    /// For the stop of each application. What runs then still is killed.
    time_span stop_timeout = std::chrono::seconds{30};
};

/// What `release::run` returns.
enum class release_exit_code : int {
    stopped = 0,       ///< told to stop, or a permanent application ended in order
    failed = 1,        ///< an application gave up or was killed, or the main function crashed
    not_started = 2,   ///< an application or a start phase failed
    start_timeout = 3, ///< an application or a start phase took too long
    stop_timeout = 4,  ///< it stopped, but something had to be killed
    bad_config = 78    ///< `EX_CONFIG` of sysexits.h: nothing has been started
};

/// Applications that run together: they start in the order of their needs, one after another, and
/// stop in the reverse order.
///
/// Among those whose needs are met, the first listed starts first. An application's object is made
/// in a process of its own, where all its functions run, and lives as long as its tree.
///
/// **Start.** For each application: `start(config)` says what its tree is, and the tree starts.
/// When all trees are up, the phases run: application by application, in the same order. Then the
/// main function runs, if there is one. What fails, or takes longer than `start_timeout`, is named,
/// and what was started is stopped.
///
/// **Stop.** SIGTERM, SIGINT, the return of the main function, or the end of an application. For
/// each application: `prep_stop()`, its tree stops, `stop()`. What takes longer than
/// `stop_timeout` is named and killed, and the next one is stopped. A second signal kills all.
///
/// **When an application ends by itself**, its `static constexpr restart_type type` decides:
/// `permanent`, the default, ends the release; `transient` does when it gave up or failed, but not
/// when it ended in order; `temporary` never does: it is logged. `stop()` runs in each case.
///
/// **Configuration.** `struct config` of the application: its defaults, then the table of the
/// application's name in the file, then the environment. A field is a bool, an integer (checked
/// against its range), a floating-point number, a std::string, a duration (`"1h30m"`, `"250ms"`), a
/// `time_span` (also `"infinity"`), a described enum or struct, or a std::vector or std::optional
/// of these. A `void validate() const` in a struct may throw. All that is wrong is told at once,
/// with file, line and column: an unknown key names the nearest one.
/// `docs/reference/configuration.md` lists the forms and the errors.
///
/// **SIGHUP**, with a `config_file`: the file is read again. Where something is wrong in it, that
/// is logged, and all configurations stay. Else `config_change` is called for each application
/// whose configuration has changed. Without a file SIGHUP keeps its effect.
///
/// **systemd.** With `NOTIFY_SOCKET` in the environment (`Type=notify`, or `notify-reload`), the
/// release says when it is ready, reloads and stops; with `WatchdogSec=` a process of the runtime
/// says twice in that time that processes run.
///
/// **Debugging.** Each start and end of an application is a report: `application_started`,
/// `application_ended`; so is each SIGHUP: `configuration_reloaded`, `configuration_rejected`.
///
/// Errors: a mistake in a class is one sentence of the compiler. `run` returns a
/// `release_exit_code`, with the reason on the standard error; it throws what `application::run`
/// throws.
/// Context: as `application::run`: a plain thread, which it blocks.
/// Source: OTP, application, "Applications" in the OTP Design Principles, and releases.
template <class... As>
class release {
public:
    explicit release(release_options options = {}) : options_{std::move(options)} {}

    /// Until the release is told to stop, or an application ends it.
    int run() { return run_main({}); }

    /// Runs `main` as a process when all applications are up, and stops them when it returns. Its
    /// value, if it is an `int`, is the code.
    template <class F>
    int run(F main) {
        constexpr bool fits = std::is_invocable_v<F&>;
        static_assert(fits, "coppice: release::run takes a function without parameters");
        // Shared: a `main` that never ends outlives this call.
        if constexpr (fits)
            return run_main([f = std::make_shared<F>(std::move(main))] {
                if constexpr (std::is_convertible_v<std::invoke_result_t<F&>, int>)
                    return static_cast<int>((*f)());
                else
                    return (*f)(), 0;
            });
        else
            return 2;
    }

private:
    int run_main(std::function<int()> main) {
        if constexpr (decltype(detail::explain_release<As...>())::value)
            return detail::run_release(detail::release_types<As...>, options_, std::move(main));
        else
            return (void)main, 2;
    }

    release_options options_;
};

// --- what a release reports (report.hpp) ---

/// Its tree is up. Severity: info.
struct application_started {
    std::string application = {};
    pid supervisor = {}; ///< of its tree
};

/// It has ended by itself. Severity: error; notice when it ended in order.
struct application_ended {
    std::string application = {};
    exit_reason reason = {};
    bool failed = false; ///< it gave up, crashed or was killed
    restart_type type = permanent;
};

/// The file was read again, and all that has changed is told to the applications. Severity: notice.
struct configuration_reloaded {
    std::string file = {};
    std::vector<std::string> changed = {}; ///< the applications whose `config_change` returned
};

/// What SIGHUP asked to read is wrong: the configuration stays as it was. Severity: error.
struct configuration_rejected {
    std::string file = {};
    std::vector<std::string> errors = {}; ///< each with file and line
};

void describe(const application_started&, log::description&);
void describe(const application_ended&, log::description&);
void describe(const configuration_reloaded&, log::description&);
void describe(const configuration_rejected&, log::description&);

} // namespace coppice
