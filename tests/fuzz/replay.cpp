// Runs a fuzz target over the files of a folder, for compilers without libFuzzer: the kept corpus
// is part of the tests.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls this name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: replay CORPUS\n", stderr);
    return 2;
  }
  int replayed = 0;
  for (const auto& file : std::filesystem::directory_iterator{argv[1]}) {
    std::ifstream in{file.path(), std::ios::binary};
    std::string input{std::istreambuf_iterator<char>{in}, {}};
    // Every start of an input is an input too: what comes from outside may be cut anywhere.
    for (size_t size = 0; size <= input.size(); ++size)
      LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), size);
    ++replayed;
  }
  std::printf("%sok 1 - %d inputs and every start of each\n1..1\n", replayed > 0 ? "" : "not ",
              replayed);
  return replayed > 0 ? 0 : 1;
}
