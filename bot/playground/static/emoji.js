// The emoji that people and desks use, by Slack's names.

const NAMES = `
smile 😄  grinning 😀  slightly_smiling_face 🙂  wink 😉  joy 😂  thinking_face 🤔  thinking 🤔  cry 😢
sob 😭  rage 😡  sunglasses 😎  sweat_smile 😅  heart ❤️  thumbsup 👍  +1 👍  thumbsdown 👎  -1 👎
wave 👋  clap 👏  pray 🙏  muscle 💪  eyes 👀  raised_hands 🙌  tada 🎉  fire 🔥  sparkles ✨  star ⭐
zap ⚡  boom 💥  100 💯  rocket 🚀  white_check_mark ✅  heavy_check_mark ✔️  ballot_box_with_check ☑️
x ❌  warning ⚠️  no_entry ⛔  no_entry_sign 🚫  question ❓  exclamation ❗  bangbang ‼️
information_source ℹ️  bulb 💡  bell 🔔  no_bell 🔕  lock 🔒  unlock 🔓  key 🔑  closed_lock_with_key 🔐
shield 🛡️  mag 🔍  mag_right 🔎  link 🔗  paperclip 📎  pushpin 📌  round_pushpin 📍  memo 📝  pencil 📝
pencil2 ✏️  clipboard 📋  page_facing_up 📄  bookmark 🔖  bookmark_tabs 📑  books 📚  book 📖  label 🏷️
file_folder 📁  open_file_folder 📂  card_index 📇  card_file_box 🗃️  file_cabinet 🗄️
wastebasket 🗑️  inbox_tray 📥  outbox_tray 📤  package 📦  calendar 📆  date 📅
spiral_calendar_pad 🗓️  clock1 🕐  clock3 🕒  stopwatch ⏱️  timer_clock ⏲️  hourglass ⌛
hourglass_flowing_sand ⏳  ticket 🎫  admission_tickets 🎟️  computer 💻  desktop_computer 🖥️
keyboard ⌨️  computer_mouse 🖱️  printer 🖨️  iphone 📱  telephone ☎️  phone ☎️
telephone_receiver 📞  battery 🔋  electric_plug 🔌  floppy_disk 💾  cd 💿  minidisc 💽
satellite_antenna 📡  globe_with_meridians 🌐  cloud ☁️  wrench 🔧  hammer 🔨  hammer_and_wrench 🛠️
nut_and_bolt 🔩  gear ⚙️  toolbox 🧰  robot_face 🤖  robot 🤖  bust_in_silhouette 👤
busts_in_silhouette 👥  man 👨  woman 👩  technologist 🧑‍💻  female-technologist 👩‍💻
male-technologist 👨‍💻  office 🏢  house 🏠  email 📧  envelope ✉️  incoming_envelope 📨  e-mail 📧
speech_balloon 💬  left_speech_bubble 🗨️  thought_balloon 💭  mega 📣  loudspeaker 📢  red_circle 🔴
large_blue_circle 🔵  large_green_circle 🟢  large_yellow_circle 🟡  large_orange_circle 🟠
large_purple_circle 🟣  white_circle ⚪  black_circle ⚫  large_red_square 🟥  large_green_square 🟩
large_blue_square 🟦  small_blue_diamond 🔹  arrow_right ➡️  arrow_left ⬅️  arrow_up ⬆️
arrow_down ⬇️  arrow_upper_right ↗️  arrows_counterclockwise 🔄  leftwards_arrow_with_hook ↩️
repeat 🔁  heavy_plus_sign ➕  heavy_minus_sign ➖  chart_with_upwards_trend 📈  bar_chart 📊
moneybag 💰  credit_card 💳  coffee ☕  pizza 🍕  palm_tree 🌴  sunny ☀️  rotating_light 🚨
construction 🚧  ambulance 🚑  beetle 🐞  bug 🐛  ghost 👻  skull 💀  new 🆕  ok 🆗  sos 🆘  stop_sign 🛑
`;

const WORDS = NAMES.trim().split(/\s+/);
const EMOJI = new Map();
for (let i = 0; i < WORDS.length; i += 2) EMOJI.set(WORDS[i], WORDS[i + 1]);

export function emoji(name) {
  return EMOJI.get(name.split("::")[0]) ?? null;
}
