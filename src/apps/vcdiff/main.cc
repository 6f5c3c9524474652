// vcdiff: makes and applies VCDIFF patches at the command line of open-vcdiff's program.
#include "apps/common/program.h"
#include "apps/vcdiff/arguments.h"

namespace {

constexpr const char* help =
    "usage: vcdiff encode -dictionary OLD [-target NEW] [-delta PATCH]\n"
    "       vcdiff decode -dictionary OLD [-delta PATCH] [-target NEW]\n"
    "\n"
    "delta is another word for encode, patch for decode. A file that is not named is a standard\n"
    "stream. Flags take one dash or two, and their value as the next argument or behind \"=\".\n"
    "\n"
    "  -buffersize BYTES            size of target windows (default 8388608)\n"
    "  -checksum, -interleaved      as open-vcdiff writes it, which only open-vcdiff and kerf "
    "read\n"
    "  -target_matches              taken and not needed: always looked for\n"
    "  -max_target_file_size BYTES  decode: the largest new file to make\n"
    "  -help, -version              this text, the version\n"
    "\n"
    "Everything else that open-vcdiff has is refused. Exit status: 0 done, 1 failed, 2 wrong "
    "usage.\n";

kerf::Status run(const kerf::open_vcdiff::Arguments& arguments) {
  using Action = kerf::open_vcdiff::Arguments::Action;
  switch (arguments.action) {
    case Action::encode:
      return kerf::apps::encode(arguments.job, *kerf::vcdiff::writer_with(arguments.form));
    case Action::decode:
      return kerf::apps::decode(arguments.job, arguments.most_output);
    case Action::help:
      return kerf::apps::print_text(help);
    case Action::version:
      return kerf::apps::print_text("vcdiff (kerf) " KERF_VERSION "\n");
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  return kerf::apps::run_program("vcdiff", argc, argv, kerf::open_vcdiff::parse, run);
}
