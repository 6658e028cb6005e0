// Plays a runner in the tests of local attempts. VEXAA_RUN_SPEC holds what it
// does, one word after the other: see Do() below.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

extern char** environ;

namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void WriteOutcome(const std::string& text) {
  std::string path = Variable("VEXAA_OUTCOME_FILE");
  std::ofstream(path + ".tmp") << text;
  std::rename((path + ".tmp").c_str(), path.c_str());
}

// Waits until the file exists; the folder of the outcome is the meeting place.
void AwaitFile(const std::string& name) {
  std::string path = Variable("VEXAA_OUTCOME_FILE");
  path = path.substr(0, path.rfind('/') + 1) + name;
  while (access(path.c_str(), F_OK) != 0) usleep(2'000);
}

void PrintEnvironment() {
  for (char** entry = environ; *entry != nullptr; ++entry)
    std::printf("%s\n", *entry);
}

void PrintDescriptors() {
  for (int fd = 0; fd < 256; ++fd)
    if (fcntl(fd, F_GETFD) >= 0) std::printf("fd %d\n", fd);
  std::printf("session leader %s\n", getsid(0) == getpid() ? "yes" : "no");
}

void PrintSignals() {
  sigset_t blocked;
  sigprocmask(SIG_SETMASK, nullptr, &blocked);
  struct sigaction pipe {};
  sigaction(SIGPIPE, nullptr, &pipe);
  std::printf("SIGTERM blocked %d\n", sigismember(&blocked, SIGTERM));
  std::printf("SIGPIPE ignored %d\n", pipe.sa_handler == SIG_IGN ? 1 : 0);
}

// A grandchild that keeps every descriptor, the lock too.
void LeaveStraggler() {
  if (fork() == 0)
    while (true) pause();
}

void Flood() {
  std::string line(1000, 'x');
  for (int i = 0; i < 100; ++i) std::printf("%s\n", line.c_str());
}

void Do(const std::string& word, std::istringstream& words) {
  std::string value;
  if (word == "outcome") {
    words >> value;
    WriteOutcome(value);
  } else if (word == "await") {
    words >> value;
    AwaitFile(value);
  } else if (word == "exit") {
    words >> value;
    std::fflush(stdout);
    _exit(std::atoi(value.c_str()));
  } else if (word == "crash") {
    std::signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
  } else if (word == "ignore-term") {
    std::signal(SIGTERM, SIG_IGN);
  } else if (word == "environment") {
    PrintEnvironment();
  } else if (word == "descriptors") {
    PrintDescriptors();
  } else if (word == "signals") {
    PrintSignals();
  } else if (word == "straggler") {
    LeaveStraggler();
  } else if (word == "flood") {
    Flood();
  } else if (word == "wait") {
    std::fflush(stdout);
    while (true) pause();
  }
  std::fflush(stdout);
}

}  // namespace

int main() {
  std::istringstream words(Variable("VEXAA_RUN_SPEC"));
  std::string word;
  while (words >> word) Do(word, words);
  return 0;
}
