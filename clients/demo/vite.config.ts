// How the page is built: three files of fixed names, which the server has in it. Nothing inline, as its
// content security policy allows nothing inline.
import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const older = (name: string) => fileURLToPath(new URL(`../testing/react-18/node_modules/${name}`, import.meta.url));

export default defineConfig(({ mode }) => ({
  base: '/demo/',
  plugins: [react()],
  ...(mode === 'other' && { resolve: { alias: { react: older('react'), 'react-dom': older('react-dom') } } }),
  build: {
    outDir: mode === 'other' ? 'node_modules/.other' : 'dist',
    emptyOutDir: true,
    modulePreload: false,
    assetsInlineLimit: 0,
    rollupOptions: {
      ...(mode === 'other' && { input: 'tests/other.html' }),
      output: { entryFileNames: 'demo.js', assetFileNames: 'demo[extname]', codeSplitting: false },
    },
  },
}));
