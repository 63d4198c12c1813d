// How the page is built: three files of fixed names, which the server has in it. Nothing inline, as its
// content security policy allows nothing inline.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/demo/',
  plugins: [react()],
  build: {
    modulePreload: false,
    assetsInlineLimit: 0,
    rollupOptions: {
      output: { entryFileNames: 'demo.js', assetFileNames: 'demo[extname]', codeSplitting: false },
    },
  },
});
