#include "app.hpp"

/// Runs until SIGTERM or SIGINT, then stops in order and returns 0. A release instead of a plain
/// coppice::application: it tells systemd when it is ready, and reads the configuration.
int main() {
    // Docker kills ten seconds after SIGTERM, Kubernetes thirty, systemd what my_app.service says.
    return coppice::release<app>{{.stop_timeout = std::chrono::seconds{8}}}.run();
}
