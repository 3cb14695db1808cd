export default {printWidth: 100, tabWidth: 4, bracketSpacing: false, trailingComma: "all"};
