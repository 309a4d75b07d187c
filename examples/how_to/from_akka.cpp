// SPDX-License-Identifier: BSL-1.0
// For users of Akka: the greeter of its first example. Greet carries a replyTo; the bot answers
// each Greeted with one more Greet, up to a limit.
#include <coppice.hpp>
#include <iostream>

using namespace coppice;

struct greeted {
    std::string name;
};
struct greet {
    std::string name;
    server_ref<protocol<greeted>> reply_to; // ActorRef[Greeted]
};

class greeter { // Behaviors.receive
public:
    void handle_cast(greet g) {
        std::cout << "Hello " << g.name << "!\n";
        g.reply_to.cast(greeted{g.name}); // replyTo ! Greeted(name)
    }
};

struct done {
    using reply = void;
};

class greeter_bot {
public:
    greeter_bot(server_ref<greeter> to, int most) : greeter_{to}, most_{most} {}
    void handle_cast(const greeted& g) {
        if (++count_ < most_)
            greeter_.cast(greet{g.name, this_process::self(this)}); // context.self
        else if (waiting_)
            waiting_->reply();
    }
    void handle_call(done, from<void> client) { // an ask that is answered later
        if (count_ < most_)
            waiting_ = std::move(client);
        else
            client.reply();
    }

private:
    server_ref<greeter> greeter_;
    int most_;
    int count_ = 0;
    std::optional<from<void>> waiting_;
};

int main() {
    return application{}.run([] {                       // ActorSystem(...)
        const auto g = start_link<greeter>();           // context.spawn(Greeter(), "greeter")
        const auto bot = start_link<greeter_bot>(g, 3); //
        g.cast(greet{"Charles", bot});                  // greeter ! Greet("Charles", bot)
        bot.call(done{});                               // ask
    });
}
