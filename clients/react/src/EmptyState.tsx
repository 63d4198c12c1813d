// What is shown where nothing is.
import type { EmptyStateProps } from './parts.js';

export function EmptyState({ title, children }: EmptyStateProps) {
  return (
    <div className="heyyo-empty">
      <p className="heyyo-empty-title">{title}</p>
      {children}
    </div>
  );
}
