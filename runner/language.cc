#include "runner/language.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace vexaa::runner {
namespace {

// Every ISO 639-1 code (2 letters) before its ISO 639-2/T code (3 letters).
constexpr std::string_view kShortCodes =
    "aaaar ababk aeave afafr akaka amamh anarg arara asasm avava ayaym azaze "
    "babak bebel bgbul bhbih bibis bmbam bnben bobod brbre bsbos cacat ceche "
    "chcha cocos crcre csces cuchu cvchv cycym dadan dedeu dvdiv dzdzo eeewe "
    "elell eneng eoepo esspa etest eueus fafas ffful fifin fjfij fofao frfra "
    "fyfry gagle gdgla glglg gngrn guguj gvglv hahau heheb hihin hohmo hrhrv "
    "hthat huhun hyhye hzher iaina idind ieile igibo iiiii ikipk ioido isisl "
    "itita iuiku jajpn jvjav kakat kgkon kikik kjkua kkkaz klkal kmkhm knkan "
    "kokor krkau kskas kukur kvkom kwcor kykir lalat lbltz lglug lilim lnlin "
    "lolao ltlit lulub lvlav mgmlg mhmah mimri mkmkd mlmal mnmon mrmar msmsa "
    "mtmlt mymya nanau nbnob ndnde nenep ngndo nlnld nnnno nonor nrnbl nvnav "
    "nynya ococi ojoji omorm orori ososs papan pipli plpol pspus ptpor quque "
    "rmroh rnrun roron rurus rwkin sasan scsrd sdsnd sesme sgsag sisin skslk "
    "slslv smsmo snsna sosom sqsqi srsrp ssssw stsot susun svswe swswa tatam "
    "tetel tgtgk ththa titir tktuk tltgl tntsn toton trtur tstso tttat twtwi "
    "tytah uguig ukukr ururd uzuzb veven vivie vovol wawln wowol xhxho yiyid "
    "yoyor zazha zhzho zuzul ";
constexpr size_t kEntryBytes = 6;

// The languages whose bibliographic code differs from the terminological.
constexpr std::array<std::pair<std::string_view, std::string_view>, 20>
    kBibliographic = {
        {{"tib", "bod"}, {"cze", "ces"}, {"wel", "cym"}, {"ger", "deu"},
         {"gre", "ell"}, {"baq", "eus"}, {"per", "fas"}, {"fre", "fra"},
         {"arm", "hye"}, {"ice", "isl"}, {"geo", "kat"}, {"mao", "mri"},
         {"mac", "mkd"}, {"may", "msa"}, {"bur", "mya"}, {"dut", "nld"},
         {"rum", "ron"}, {"slo", "slk"}, {"alb", "sqi"}, {"chi", "zho"}}};

std::string FromShort(const std::string& code) {
  for (size_t at = 0; at + kEntryBytes <= kShortCodes.size(); at += kEntryBytes)
    if (kShortCodes.substr(at, 2) == code)
      return std::string(kShortCodes.substr(at + 2, 3));
  return code;
}

}  // namespace

std::string LanguageCode(std::string_view name) {
  std::string code(name.substr(0, name.find_first_of("-_")));
  std::transform(code.begin(), code.end(), code.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  if (code == "und") return "";
  if (code.size() == 2) return FromShort(code);
  for (const auto& [bibliographic, terminological] : kBibliographic)
    if (code == bibliographic) return std::string(terminological);
  return code;
}

}  // namespace vexaa::runner
