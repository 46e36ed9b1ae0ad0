// Common emoji, a palette of our own: the words of a group say what is in it, the letters themselves are the system's.
export const QUICK = ['👍', '❤️', '😂', '😮', '😢', '🙏'];

/** @type {Array<{ name: string, emoji: string[] }>} */
export const PALETTE = [
  { name: 'faces', emoji: split('😀 😃 😄 😁 😆 😅 😂 🤣 😊 😇 🙂 😉 😌 😍 🥰 😘 😋 😜 🤪 🤗 🤭 🤔 🤨 😐 😏 🙄 😴 😪 😷 🤒 🤧 🥳 😎 🤓 😕 😟 😮 😲 😳 🥺 😢 😭 😤 😡 🤯 😱 😨 😰 🫠 🫡') },
  { name: 'hands', emoji: split('👍 👎 👌 ✌️ 🤞 🤙 👋 🙌 👏 🤝 🙏 💪 👀 🫶 ☝️ 👇 👉 👈 ✋ 🤷 🤦 🙋') },
  { name: 'hearts', emoji: split('❤️ 🧡 💛 💚 💙 💜 🖤 🤍 💔 💕 💖 💯 ✨ ⭐ 🔥 🎉 🎊 🎁 🎂 🏆 💡 ✅ ❌ ❓ ❗ 💤') },
  { name: 'things', emoji: split('☕ 🍵 🍺 🍷 🍜 🍚 🥟 🍕 🍔 🍎 🍉 🍰 🌹 🌸 🌱 🐱 🐶 🐼 🌞 🌧️ ⛄ 🚗 ✈️ 🏠 📱 💻 📷 📎 📅 ⏰ 💰 🧧') },
];

/** @param {string} list */
function split(list) {
  return list.split(' ');
}
