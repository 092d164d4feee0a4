// Applies the remembered colours before the first paint; without one, the system's.
document.documentElement.style.colorScheme = localStorage.getItem("theme") ?? "light dark";
