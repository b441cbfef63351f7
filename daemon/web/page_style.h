#pragma once

// The looks of the status page. Colours are named for states; dark follows the reader's system.

#include <string_view>

namespace tillwatch {

inline constexpr std::string_view page_style = R"css(
:root{color-scheme:light dark;
 --bg:#f6f5f1;--card:#fff;--ink:#1c1b18;--soft:#6b6860;--line:#e4e1d8;--track:#eceae3;
 --ok:#3f9d6b;--ok-ink:#1f6b45;--ok-bg:#e3f3ea;--broken:#d13a2f;--broken-ink:#a3231a;--broken-bg:#fbe6e3;
 --suspect:#d98a1c;--suspect-ink:#8a5200;--suspect-bg:#fbf0dc;
 --unknown:#b9b5aa;--unknown-ink:#605c52;--unknown-bg:#edebe4;--maintenance:#6f8fd6;--maintenance-ink:#34539a;--maintenance-bg:#e7edfa}
@media(prefers-color-scheme:dark){:root{
 --bg:#151513;--card:#1f1f1c;--ink:#edebe4;--soft:#9c988d;--line:#33322d;--track:#2c2b27;
 --ok:#4fae7b;--ok-ink:#8fdcb2;--ok-bg:#1d3428;--broken:#ea5a4d;--broken-ink:#ff9d94;--broken-bg:#42201d;
 --suspect:#e0a040;--suspect-ink:#f3c987;--suspect-bg:#3d2f18;
 --unknown:#5f5c54;--unknown-ink:#b8b4a9;--unknown-bg:#2c2b27;--maintenance:#7f9de0;--maintenance-ink:#b3c7f5;--maintenance-bg:#222c45}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;
 font-variant-numeric:tabular-nums}
main,header,footer{max-width:66rem;margin:0 auto;padding:0 1.5rem}
header{display:flex;align-items:baseline;gap:.75rem;padding-top:1.75rem;padding-bottom:1.25rem}
header .name{font-weight:700;letter-spacing:-.01em}
header .time,footer{color:var(--soft);font-size:.86rem}
header .time{margin-left:auto}
a{color:inherit}
h1{font-size:1.75rem;line-height:1.25;letter-spacing:-.02em;margin:0 0 1.5rem;font-weight:650;text-wrap:balance}
h1 small{display:block;margin-top:.35rem;font-size:1rem;font-weight:400;letter-spacing:0;color:var(--soft)}
.store{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.5rem 1.75rem;margin-bottom:1.25rem}
.store>.top{display:flex;flex-wrap:wrap;align-items:center;gap:.35rem .75rem;margin-bottom:1.1rem}
h2{font-size:1.15rem;margin:0;letter-spacing:-.01em}
h2 a{text-decoration:none}h2 a:hover{text-decoration:underline}
h3{font-size:.78rem;text-transform:uppercase;letter-spacing:.07em;color:var(--soft);font-weight:600;margin:1.75rem 0 .6rem}
.pill{display:inline-block;padding:.1rem .6rem;border-radius:99px;font-size:.82rem;font-weight:600;white-space:nowrap}
.pill.end{margin-left:auto}
.ok,.healthy{color:var(--ok-ink);background:var(--ok-bg)}
.broken,.breached{color:var(--broken-ink);background:var(--broken-bg)}
.suspect,.undocumented,.acceptable{color:var(--suspect-ink);background:var(--suspect-bg)}
.unknown{color:var(--unknown-ink);background:var(--unknown-bg)}
.maintenance{color:var(--maintenance-ink);background:var(--maintenance-bg)}
.number{display:grid;grid-template-columns:auto 1fr;gap:.25rem 2.25rem;align-items:center}
.hours{font-size:3.4rem;font-weight:680;line-height:1;letter-spacing:-.04em;white-space:nowrap}
.hours span{font-size:1.15rem;font-weight:500;letter-spacing:0;color:var(--soft);margin-left:.3rem}
.number p{margin:.15rem 0 0;color:var(--soft);font-size:.9rem}
.number p b{color:var(--ink);font-weight:600}
.gauge{display:block;width:100%;height:14px;border-radius:7px}
.scale{display:flex;justify-content:space-between;color:var(--soft);font-size:.78rem}
.now{margin:1.2rem 0 0;padding:.7rem 1rem;border-radius:10px;font-size:.95rem}
.now b{font-weight:650}
.now span{opacity:.85}
.areas{display:grid;grid-template-columns:auto auto 2fr 1fr auto;gap:.55rem 1rem;align-items:center}
.areas .kind{font-weight:600}
.areas .pill{justify-self:start}
.strip{display:block;width:100%;height:30px}
.minutes{color:var(--soft);font-size:.86rem;text-align:right;white-space:nowrap}
.ends{display:flex;justify-content:space-between;color:var(--soft);font-size:.75rem}
.ends.days{grid-column:3}.ends.hour{grid-column:4}
svg .s-ok{fill:var(--ok)}svg .s-broken{fill:var(--broken)}svg .s-unknown{fill:var(--unknown)}svg .s-maintenance{fill:var(--maintenance)}
svg .s-none{fill:var(--track)}svg .mark{fill:var(--ink)}svg .sure{fill:var(--broken)}svg .unsure{fill:var(--unknown);opacity:.55}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.92rem}
td{padding:.5rem .9rem .5rem 0;border-top:1px solid var(--line);vertical-align:top}
tr:first-child td{border-top:0}
.probes td:first-child{width:6.5rem}.probes td:nth-child(2){width:14rem}.probes td:last-child{width:8rem}
td:last-child{padding-right:0;text-align:right;color:var(--soft);white-space:nowrap}
td small{color:var(--soft);font-size:.84rem}
td .said{display:block;overflow-wrap:anywhere;max-width:46ch}
ol{list-style:none;margin:0;padding:0}
ol li{padding:.6rem 0 .6rem 1rem;border-left:3px solid var(--broken);margin-bottom:.6rem}
ol li.over{border-color:var(--unknown)}
ol li p{margin:0;overflow-wrap:anywhere}
ol li p+p{color:var(--soft);font-size:.88rem;margin-top:.1rem}
.none{color:var(--soft);margin:0}
.alerts td:first-child{width:6rem}.alerts td{overflow-wrap:anywhere}.alerts .none{margin-top:.6rem;font-size:.9rem}
.late{color:var(--broken-ink);font-weight:650}
.rest td{padding:.4rem .9rem .4rem 0}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;margin:0 0 .6rem}
.legend svg{width:.7rem;height:.7rem;vertical-align:-.05rem;margin-right:.4rem}
footer{padding-top:.5rem;padding-bottom:2.5rem}
@media(max-width:40rem){main,header,footer{padding-left:1rem;padding-right:1rem}.store{padding:1.1rem 1.1rem}
 .number{grid-template-columns:1fr}.areas{grid-template-columns:1fr auto}.areas .minutes{grid-column:1/-1;text-align:left;margin-bottom:.5rem}
 .areas .strip{grid-column:1/-1}.ends{display:none}.areas .kind{order:0}.areas .pill{justify-self:end}
 .probes tr{display:grid;grid-template-columns:auto 1fr auto;gap:0 .8rem;padding:.5rem 0;border-top:1px solid var(--line)}
 .probes td,.probes td:first-child,.probes td:nth-child(2),.probes td:last-child{border:0;padding:0;width:auto}
 .probes td:nth-child(3){grid-column:1/-1;grid-row:2;padding-top:.25rem}.probes td:last-child{grid-row:1;grid-column:3}
 h1{font-size:1.4rem}}
)css";

}  // namespace tillwatch
