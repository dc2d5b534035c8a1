// The few signs that the page draws itself. They say nothing: their buttons have labels.
import type { ReactNode } from "react";

const Icon = ({ children }: { children: ReactNode }) => (
  <svg
    viewBox="0 0 20 20"
    width="18"
    height="18"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.6"
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
  >
    {children}
  </svg>
);

export const MenuIcon = () => (
  <Icon>
    <path d="M3 5.5h14M3 10h14M3 14.5h14" />
  </Icon>
);

export const PlusIcon = () => (
  <Icon>
    <path d="M10 4v12M4 10h12" />
  </Icon>
);

export const PenIcon = () => (
  <Icon>
    <path d="m4 16 .7-3.2L13.2 4.300a1.5 1.5 0 0 1 2.1 0l.4.4a1.5 1.5 0 0 1 0 2.100L7.2 15.300z" />
  </Icon>
);

export const BinIcon = () => (
  <Icon>
    <path d="M4 6h12M8 6V4h4v2M5.5 6l.7 10h7.600l.7-10M8.5 9v4.500M11.5 9v4.5" />
  </Icon>
);

export const SendIcon = () => (
  <Icon>
    <path d="M10 16V4.500M5 9l5-5 5 5" />
  </Icon>
);

export const StopIcon = () => (
  <Icon>
    <rect x="5.5" y="5.5" width="9" height="9" rx="1.5" fill="currentColor" />
  </Icon>
);

export const PersonIcon = () => (
  <Icon>
    <circle cx="10" cy="7" r="3" />
    <path d="M4 16.500c.8-3 3-4.500 6-4.500s5.200 1.500 6 4.500" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="m5 5 10 10M15 5 5 15" />
  </Icon>
);

export const CheckIcon = () => (
  <Icon>
    <path d="m4 10.5 4 4 8-9" />
  </Icon>
);

export const DownIcon = () => (
  <Icon>
    <path d="M10 4v11.500M5 11l5 5 5-5" />
  </Icon>
);

export const BackIcon = () => (
  <Icon>
    <path d="m12 5-5 5 5 5" />
  </Icon>
);

export const ForthIcon = () => (
  <Icon>
    <path d="m8 5 5 5-5 5" />
  </Icon>
);

export const CopyIcon = () => (
  <Icon>
    <path d="M7.5 7.5h8v8h-8z" />
    <path d="M12.500 7.500v-3h-8v8h3" />
  </Icon>
);

export const AgainIcon = () => (
  <Icon>
    <path d="M15.500 8.500a6 6 0 1 0 .3 3M16 4.500v4h-4" />
  </Icon>
);

export const ForkIcon = () => (
  <Icon>
    <path d="M6 3.500v6c0 2.500 8 1 8 4v3M6 9.500v7M3.800 14.300 6 16.500l2.200-2.200M11.800 14.300l2.200 2.200 2.200-2.200" />
  </Icon>
);

export const ThumbUpIcon = () => (
  <Icon>
    <path d="M3.500 9h2.800v7H3.500zM6.300 9.500 9.200 3.500c1.300 0 2 1 1.800 2.200L10.600 8h4.300c1 0 1.700.9 1.500 1.900l-.9 4.600c-.2.9-.8 1.500-1.700 1.500H6.300" />
  </Icon>
);

export const ThumbDownIcon = () => (
  <Icon>
    <path d="M3.500 11h2.800V4H3.500zM6.300 10.500l2.900 6c1.300 0 2-1 1.800-2.200L10.600 12h4.300c1 0 1.700-.9 1.500-1.900l-.9-4.600c-.2-.9-.8-1.500-1.700-1.500H6.300" />
  </Icon>
);

export const PinIcon = () => (
  <Icon>
    <path d="M7 3.500h6l-.7 5 2.200 2.500v1h-9v-1l2.200-2.500zM10 12v4.500" />
  </Icon>
);

export const InfoIcon = () => (
  <Icon>
    <path d="M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 9.300v4M10 6.700v.1" />
  </Icon>
);

export const FilterIcon = () => (
  <Icon>
    <path d="M3.500 5.500h13M6 10h8M8.500 14.500h3" />
  </Icon>
);

export const GearIcon = () => (
  <Icon>
    <path d="M3.500 6h7M14.500 6h2M3.500 14h2M9.500 14h7" />
    <circle cx="12.500" cy="6" r="2" />
    <circle cx="7.500" cy="14" r="2" />
  </Icon>
);

export const DocumentsIcon = () => (
  <Icon>
    <path d="M7 3.500h5l3.500 3.500v7.500H7zM12 3.500V7h3.500M4.500 6v11h8" />
  </Icon>
);

export const UploadIcon = () => (
  <Icon>
    <path d="M10 12.500V4M6 8l4-4 4 4M4 13v3.500h12V13" />
  </Icon>
);

export const DownloadIcon = () => (
  <Icon>
    <path d="M10 4v8.500M6 8.500l4 4 4-4M4 13v3.500h12V13" />
  </Icon>
);

export const LinkIcon = () => (
  <Icon>
    <path d="M8.500 11.500a3 3 0 0 0 4.300 0l2.700-2.700a3 3 0 0 0-4.300-4.300l-.9.9M11.500 8.500a3 3 0 0 0-4.300 0l-2.700 2.700a3 3 0 0 0 4.300 4.300l.9-.9" />
  </Icon>
);

export const TextIcon = () => (
  <Icon>
    <path d="M4 5.500h12M4 8.500h12M4 11.500h8M4 14.500h5" />
  </Icon>
);

export const ChevronIcon = () => (
  <Icon>
    <path d="m6 8 4 4 4-4" />
  </Icon>
);
